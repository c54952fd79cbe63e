"""Figures run together: split only where one split is left."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.reading.proof import unique_groups, unique_plain, unique_row


@pytest.mark.parametrize(
    ("glued", "row"),
    [
        ("0000000", [0, 0, 0, 0, 0, 0, 0]),
        ("6000017", [6, 0, 0, 0, 0, 1, 7]),
        ("200 000121", [20, 0, 0, 0, 0, 1, 21]),
        ("20 0 00 0 121", [20, 0, 0, 0, 0, 1, 21]),
        ("1100000011", None),
        ("000000", None),
        ("6000018", None),
        ("60000-17", None),
    ],
)
def test_a_row_is_split_where_its_total_leaves_one_way(glued: str, row: list[int] | None) -> None:
    assert unique_row(glued, 7) == (None if row is None else tuple(map(Decimal, row)))


@pytest.mark.parametrize(
    ("glued", "columns", "row"),
    [("007", 3, [0, 0, 7]), ("000", 3, [0, 0, 0]), ("100", 3, None), ("7777166", 3, None), ("4529", 1, [4529]), ("4 529", 1, None)],
)  # fmt: skip
def test_without_a_total_only_leading_zeros_prove(glued: str, columns: int, row: list[int] | None) -> None:
    assert unique_plain(glued, columns) == (None if row is None else tuple(map(Decimal, row)))


def test_table_four_is_split_by_the_sums_of_its_groups() -> None:
    assert unique_groups("0" * 15, 3, 5) == (Decimal(0),) * 15
    assert unique_groups("210 03 000 00 1 0 0 0 1", 3, 5) == tuple(
        map(Decimal, [2, 1, 0, 0, 3, *[0] * 5, 1, 0, 0, 0, 1])
    )
    assert unique_groups("0" * 14, 3, 5) is None
