"""Random true reports in every layout and with every kind of damage: what is read is right or in doubt."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.catalogue import Meaning, cells_of
from storage.facts import Level, Reading
from storage.reading.align import read_document
from storage.reading.document import Document
from tests.storage.reading.report_damage import HARMFUL, TO_ANY, Damage, misprint
from tests.storage.reading.report_layouts import BROKEN, CLEAN, FULL_LINES, Relabel, same
from tests.storage.reading.report_truth import Truth, make_truth

Layout = Callable[[Truth, Relabel, Random], Document]
seeds = st.integers(min_value=0, max_value=2**32)
all_blanks = st.sampled_from(["none", "some", "zeros", "dashes"])


def examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def meant(truth: Truth, cell_id: str) -> Decimal | None:
    text = truth.printed[cell_id].removesuffix("元")
    return Decimal(text) if text.strip("-/—") else None


def assert_right_or_in_doubt(truth: Truth, reading: Reading) -> None:
    for cell_id, cell in reading.cells.items():
        if cell.meaning in (Meaning.UNREADABLE, Meaning.NOT_IN_EDITION):
            continue
        assert cell_id in truth.printed, f"invented {cell_id}: {cell}"
        assert (cell_id, cell.value) == (cell_id, meant(truth, cell_id))
    if any(c.meaning is Meaning.UNREADABLE for c in reading.cells.values()):
        assert any(f.level is Level.ERROR for f in reading.findings)


def assert_all_right(truth: Truth, reading: Reading) -> None:
    assert reading.edition is truth.edition
    read = {k: c for k, c in reading.cells.items() if c.meaning is not Meaning.NOT_IN_EDITION}
    assert {k: c.value for k, c in read.items()} == {k: meant(truth, k) for k in truth.printed}
    assert not [c for c in read.values() if c.meaning is Meaning.UNREADABLE]
    assert set(cells_of(truth.edition)) <= set(reading.cells)


@given(layout=st.sampled_from(CLEAN), blanks=all_blanks, errors=st.booleans(), seed=seeds)
@examples(120)
def test_a_layout_that_holds_every_cell_is_read_whole(layout: Layout, blanks: str, errors: bool, seed: int) -> None:
    random = Random(seed)
    truth = make_truth(random, blanks=blanks, errors=errors)
    assert_all_right(truth, read_document(layout(truth, same, random)))


@given(layout=st.sampled_from(FULL_LINES), blanks=st.sampled_from(["none", "dashes"]), seed=seeds)
@examples(120)
def test_text_that_holds_every_cell_is_read_whole(layout: Layout, blanks: str, seed: int) -> None:
    random = Random(seed)
    truth = make_truth(random, blanks=blanks)
    assert_all_right(truth, read_document(layout(truth, same, random)))


@given(layout=st.sampled_from([*FULL_LINES, *BROKEN]), blanks=all_blanks, errors=st.booleans(), seed=seeds)
@examples(180)
def test_a_layout_that_loses_cells_is_right_or_in_doubt(layout: Layout, blanks: str, errors: bool, seed: int) -> None:
    random = Random(seed)
    truth = make_truth(random, blanks=blanks, errors=errors)
    assert_right_or_in_doubt(truth, read_document(layout(truth, same, random)))


@given(layout=st.sampled_from(CLEAN), damage=st.sampled_from(TO_ANY), seed=seeds)
@examples(100)
def test_other_writing_and_other_tables_change_nothing(layout: Layout, damage: Damage, seed: int) -> None:
    random = Random(seed)
    truth = make_truth(random)
    assert_all_right(truth, read_document(damage(layout(truth, misprint(random), random), random)))


@given(
    layout=st.sampled_from([*CLEAN, *FULL_LINES, *BROKEN]),
    damage=st.sampled_from(HARMFUL),
    blanks=all_blanks,
    errors=st.booleans(),
    seed=seeds,
)
@examples(250)
def test_damage_leaves_doubt_and_never_a_wrong_figure(
    layout: Layout, damage: Damage, blanks: str, errors: bool, seed: int
) -> None:
    random = Random(seed)
    truth = make_truth(random, blanks=blanks, errors=errors)
    assert_right_or_in_doubt(truth, read_document(damage(layout(truth, misprint(random), random), random)))


_SHORTER = {
    "商业企业": "企业",
    "社会公益组织": "公益组织",
    "法律服务机构": "法律机构",
    "总计": "合计",
    "一、本年新收政府信息公开申请数量": "一、本年新收申请数量",
    "二、上年结转政府信息公开申请数量": "二、上年结转申请数量",
    "四、结转下年度继续办理": "四、结转下年继续办理",
}


@given(layout=st.sampled_from(CLEAN), seed=seeds)
@examples(60)
def test_labels_that_a_bureau_shortened_are_the_same(layout: Layout, seed: int) -> None:
    random = Random(seed)
    truth = make_truth(random)
    assert_all_right(truth, read_document(layout(truth, lambda label: _SHORTER.get(label, label), random)))
