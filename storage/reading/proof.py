"""Figures that extraction ran together, split again where arithmetic leaves one choice.

A split is accepted only if it is the only one: into as many numbers as the row has columns, none with a leading zero,
every space a boundary, and, where the form prints a total, the parts making the total. Otherwise there is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache

_WORK = 20_000
"""Most partial splits tried; a longer search is given up, and the row stays unreadable."""


class _GaveUp(Exception):
    """The search is too large to prove anything."""


def unique_row(glued: str, columns: int, number_after: str = "") -> tuple[Decimal, ...] | None:
    """Split a row of table three: the last number is the sum of those before it, even if cells were blank.

    Args:
        glued: digits and spaces.
        columns: how many numbers the row has.
        number_after: the digit of the next label's numbering where extraction lost its dot (`1属于国家秘密`).
    """
    variants = [glued.strip()]
    if number_after and variants[0].endswith(number_after):
        variants.append(variants[0][: -len(number_after)])
    try:
        found = {row for v in variants for n in range(2, columns + 1) for row in _with_total(v, n, 2)}
    except _GaveUp:
        return None
    row = _only(found)
    return row if row is not None and len(row) == columns else None


def can_be_row(glued: str, columns: int) -> bool:
    """Whether some split gives `columns` numbers of which the last is the sum of the others."""
    try:
        return bool(_with_total(glued.strip(), columns, 1))
    except _GaveUp:
        return True


def unique_groups(glued: str, groups: int, columns: int) -> tuple[Decimal, ...] | None:
    """Split table four: `groups` groups of `columns` numbers, each ending in its own sum."""
    digits = _chunks(glued)
    if digits is None:
        return None
    try:
        found = set(_groups(digits, groups, columns, [0]))
    except _GaveUp:
        return None
    return _only(found)


def unique_plain(glued: str, columns: int) -> tuple[Decimal, ...] | None:
    """Split a row without a total, of which cells may be blank: only leading zeros can prove it."""
    text = glued.strip()
    if columns == 1:
        return (Decimal(text.replace(",", "")),) if re.fullmatch(r"\d+(?:,\d{3})*(?:\.\d+)?", text) else None
    digits = _chunks(text)
    if digits is None:
        return None
    try:
        work = [0]
        found = {p for n in range(1, columns + 1) for p, rest in _parts(digits, n, work) if not rest.strip()}
    except _GaveUp:
        return None
    row = _only({tuple(Decimal(p) for p in parts) for parts in found})
    return row if row is not None and len(row) == columns else None


def _only(found: set[tuple[Decimal, ...]]) -> tuple[Decimal, ...] | None:
    return next(iter(found)) if len(found) == 1 else None


def _chunks(glued: str) -> str | None:
    text = re.sub(r"\s+", " ", glued.strip())
    return text if re.fullmatch(r"[\d ]+", text) else None


@lru_cache(maxsize=1024)
def _with_total(glued: str, columns: int, enough: int) -> tuple[tuple[Decimal, ...], ...]:
    digits = _chunks(glued)
    if digits is None:
        return ()
    found: list[tuple[Decimal, ...]] = []
    for row, rest in _rows(digits, columns, [0]):
        if not rest.strip() and row not in found:
            found.append(row)
            if len(found) >= enough:
                break
    return tuple(found)


def _rows(digits: str, columns: int, work: list[int]) -> Iterator[tuple[tuple[Decimal, ...], str]]:
    """Rows of `columns` numbers at the start of `digits` whose last is the sum of the others."""
    for parts, rest in _parts(digits, columns - 1, work):
        numbers = [int(p) for p in parts]
        text = rest.lstrip()
        total = str(sum(numbers))
        if text.startswith(total):
            yield (*(Decimal(n) for n in numbers), Decimal(total)), text[len(total) :]


def _groups(digits: str, groups: int, columns: int, work: list[int]) -> Iterator[tuple[Decimal, ...]]:
    if groups == 0:
        if not digits.strip():
            yield ()
        return
    for row, rest in _rows(digits, columns, work):
        for tail in _groups(rest, groups - 1, columns, work):
            yield (*row, *tail)


def _parts(digits: str, count: int, work: list[int]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The first `count` numbers of `digits` in every possible way, with what is left."""
    work[0] += 1
    if work[0] > _WORK:
        raise _GaveUp
    if count == 0:
        yield (), digits
        return
    text = digits.lstrip()
    for head in _heads(text):
        for tail, rest in _parts(text[len(head) :], count - 1, work):
            yield (head, *tail), rest


def _heads(text: str) -> Sequence[str]:
    """The numbers that a run of digits may begin with; a count has at most seven digits."""
    run = re.match(r"\d*", text)
    digits = run.group() if run else ""
    if not digits:
        return ()
    return ("0",) if digits[0] == "0" else [digits[:n] for n in range(1, min(len(digits), 7) + 1)]
