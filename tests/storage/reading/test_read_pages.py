"""Random true reports as pages in every arrangement and printing: whatever is read is right, and what is there is read."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from storage.facts import Level, Reading
from storage.reading.reader import read_bytes
from tests.storage.reading.report_layouts import grid_three
from tests.storage.reading.report_pages import AGENCY, FIGURES, FRAMES, LABELS, NOTED, Print, as_is, page, table
from tests.storage.reading.report_shapes import SHAPES, STACKED, Shape, as_printed
from tests.storage.reading.report_truth import Truth, make_truth
from tests.storage.reading.test_align_layouts import (
    all_blanks,
    assert_all_right,
    assert_right_or_in_doubt,
    examples,
    seeds,
)

PLAIN = FRAMES[0]


def _read(truth: Truth, shape: Shape, random: Random, figure: Print, label: Print, after: str = "") -> Reading:
    two, three, four = (
        "".join(table(grid, random, figure, label, random.choice(["td", "th"])) for grid in grids)
        for grids in shape(truth, random)
    )
    return read_bytes(page((two, three, four), random.choice(FRAMES), after))


@given(shape=st.sampled_from(SHAPES), label=st.sampled_from(LABELS), blanks=all_blanks, seed=seeds)
@examples(120)
def test_a_page_in_any_arrangement_is_read_whole(shape: Shape, label: Print, blanks: str, seed: int) -> None:
    random = Random(seed)
    truth = make_truth(random, blanks=blanks)
    reading = _read(truth, shape, random, as_is, label if shape not in STACKED else as_is)
    assert_all_right(truth, reading)
    assert (reading.agency, reading.year) == (AGENCY, 2023)


@given(shape=st.sampled_from(STACKED), blanks=st.sampled_from(["none", "dashes"]), seed=seeds)
@examples(30)
def test_rows_stacked_in_one_are_taken_apart(shape: Shape, blanks: str, seed: int) -> None:
    random = Random(seed)
    truth = make_truth(random, blanks=blanks)
    assert_all_right(truth, _read(truth, shape, random, as_is, as_is))


@given(figure=st.sampled_from(FIGURES), blanks=all_blanks, seed=seeds)
@examples(60)
def test_figures_in_any_printing_are_read(figure: Print, blanks: str, seed: int) -> None:
    random = Random(seed)
    truth = make_truth(random, blanks=blanks)
    assert_all_right(truth, _read(truth, as_printed, random, figure, as_is))


@given(shape=st.sampled_from([*SHAPES, *STACKED]), figure=st.sampled_from(NOTED), blanks=all_blanks, seed=seeds)
@examples(60)
def test_note_marks_and_odd_digits_never_make_another_figure(
    shape: Shape, figure: Print, blanks: str, seed: int
) -> None:
    random = Random(seed)
    truth = make_truth(random, blanks=blanks, errors=True)
    assert_right_or_in_doubt(truth, _read(truth, shape, random, figure, as_is))


@given(seed=seeds)
@examples(10)
def test_a_second_report_in_the_file_is_said(seed: int) -> None:
    random = Random(seed)
    truth, other = make_truth(random), make_truth(random)
    again = "<p>2022年的情况</p>" + table(grid_three(other), random)
    reading = _read(truth, as_printed, random, as_is, as_is, again)
    assert_all_right(truth, reading)
    assert [f.level for f in reading.findings if f.code == "report.several"] == [Level.ERROR]
