"""Cross-checks: what does not add up is named with its sums, and nothing is changed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.catalogue import APPLICANTS, Edition, Meaning, cells_of
from storage.checks import YearCells, check_cells, check_years, doubtful
from storage.facts import CellReading
from storage.reading.statements import check_narrative, statements

Cells = dict[str, CellReading]


def cells(**changed: int | None) -> Cells:
    """A report of zeros with some cells changed; dots are written as two underscores, `None` is blank."""
    found: Cells = {i: CellReading(i, Meaning.NUMBER, Decimal(0)) for i in cells_of(Edition.E2021)}
    for name, value in changed.items():
        cell_id = name.replace("__", ".")
        found[cell_id] = (
            CellReading(cell_id, Meaning.BLANK)
            if value is None
            else CellReading(cell_id, Meaning.NUMBER, Decimal(value))
        )
    return found


def consistent() -> Cells:
    return cells(
        t3__new__natural=5, t3__new__total=5, t3__granted__natural=4, t3__granted__total=4, t3__done__natural=4,
        t3__done__total=4, t3__carried_out__natural=1, t3__carried_out__total=1, t4__review__upheld=2, t4__review__total=2,
    )  # fmt: skip


def test_a_report_that_adds_up_has_no_finding() -> None:
    assert check_cells(consistent()) == []
    assert doubtful(consistent()) == frozenset()


@pytest.mark.parametrize(
    ("cell", "value", "codes"),
    [
        ("t3.new.natural", 6, {"t3.sum.balance", "t3.sum.row"}),
        ("t3.granted.total", 9, {"t3.sum.row", "t3.sum.column"}),
        ("t3.secret.natural", 1, {"t3.sum.row", "t3.sum.column"}),
        ("t4.review.pending", 1, {"t4.sum"}),
    ],
)
def test_each_sum_that_fails_is_named(cell: str, value: int, codes: set[str]) -> None:
    report = consistent() | {cell: CellReading(cell, Meaning.NUMBER, Decimal(value))}
    findings = check_cells(report)
    assert {f.code for f in findings} == codes
    assert cell in doubtful(report)
    assert all(str(value) in f.message or f.code == "t3.sum.balance" for f in findings)


def test_an_unreadable_cell_silences_its_sums_and_a_blank_does_not_count_as_printed() -> None:
    unreadable = consistent() | {"t3.new.natural": CellReading("t3.new.natural", Meaning.UNREADABLE)}
    assert check_cells(unreadable) == []
    blanks = {f"t3.new.{a.id}": CellReading(f"t3.new.{a.id}", Meaning.BLANK) for a in APPLICANTS if a.id != "natural"}
    assert check_cells(consistent() | blanks) == []
    assert check_cells(consistent() | {"t3.granted.total": CellReading("t3.granted.total", Meaning.BLANK)}) != []


def test_a_single_other_row_takes_part_in_the_sums() -> None:
    report = consistent()
    for name in ("uncorrected", "unpaid", "other_handling"):
        for cell_id in [i for i in report if i.startswith(f"t3.{name}.")]:
            report[cell_id] = CellReading(cell_id, Meaning.NOT_IN_EDITION)
            single = cell_id.replace(name, "other_all")
            report[single] = CellReading(single, Meaning.NUMBER, Decimal(0))
    assert check_cells(report) == []
    report["t3.other_all.natural"] = CellReading("t3.other_all.natural", Meaning.NUMBER, Decimal(3))
    assert {f.code for f in check_cells(report)} == {"t3.sum.row", "t3.sum.column"}


def test_counts_that_are_none_are_said() -> None:
    odd = {"t2.licence": CellReading("t2.licence", Meaning.NUMBER, Decimal("3.5"))}
    assert [f.code for f in check_cells(consistent() | odd)] == ["cell.odd"]
    fee = {"t2.fee": CellReading("t2.fee", Meaning.NUMBER, Decimal("3.5"))}
    assert check_cells(consistent() | fee) == []


@pytest.mark.parametrize(
    ("sentence", "cell", "value"),
    [
        ("2024年，区政府办受理政府信息公开申请17件，均已答复。", "t3.new.total", 17),
        ("全年共收到政府信息公开申请1,017件。", "t3.new.total", 1017),
        ("上年结转2件，结转下年度继续办理3件。", "t3.carried_in.total", 2),
        ("政府信息公开行政复议案件4件。", "t4.review.total", 4),
        ("共收到依申请公开0件，公开0件。", "t3.new.total", 0),
        ("全年收到政府信息公开申请十二件（去年三件）。", "t3.new.total", 12),
        ("2022年我镇未收到政府信息公开申请。", "t3.new.total", 0),
        ("没有发生因政府信息公开引起的行政复议、行政诉讼。", "t4.direct.total", 0),
    ],
)
def test_statements_about_the_tables_are_found(sentence: str, cell: str, value: int) -> None:
    found = statements([sentence])
    assert (cell, Decimal(value)) in {(s.cells[0], s.value) for s in found}


@pytest.mark.parametrize(
    "sentence",
    [
        "共收到政府信息公开网络申请19件。",
        "全年作出政府信息公开申请答复19件。",
        "没有收到对政府信息公开工作的投诉。",
        "没有发生因政府信息公开被行政复议纠正的情形。",
    ],
)
def test_a_part_of_the_applications_is_no_statement_about_all(sentence: str) -> None:
    assert statements([sentence]) == []


def test_the_narrative_is_compared_with_the_tables() -> None:
    said = ["全年收到政府信息公开申请17件。"]
    (finding,) = check_narrative(consistent(), said)
    assert (finding.code, finding.cell) == ("text.table.differ", "t3.new.total")
    assert "17件" in finding.message
    assert "5件" in finding.message
    assert check_narrative(consistent(), ["全年收到政府信息公开申请5件。", "比上年收到申请17件有所减少。"]) == []


def year(number: int, **changed: int | None) -> YearCells:
    return YearCells(number, Edition.E2021, cells(**changed))


def test_what_was_carried_over_must_arrive() -> None:
    findings = check_years(year(2023, t3__carried_in__total=2), [year(2022, t3__carried_out__total=3)])
    assert [(f.code, f.cell) for f in findings] == [("years.carried", "t3.carried_in.total")]
    assert check_years(year(2023, t3__carried_in__total=3), [year(2022, t3__carried_out__total=3)]) == []
    later = check_years(year(2022, t3__carried_out__total=3), [year(2023, t3__carried_in__total=2)])
    assert [f.code for f in later] == ["years.carried"]


def test_valid_documents_are_followed_from_year_to_year_as_advice() -> None:
    before = year(2022, t2__normative__valid=10)
    assert (
        check_years(year(2023, t2__normative__valid=11, t2__normative__made=2, t2__normative__repealed=1), [before])
        == []
    )
    (finding,) = check_years(year(2023, t2__normative__valid=15, t2__normative__made=2), [before])
    assert (finding.code, finding.level.value) == ("years.valid", "notice")


def test_jumps_and_missing_years_are_said() -> None:
    assert "years.jump" in {f.code for f in check_years(year(2023, t2__licence=9000), [year(2022, t2__licence=12)])}
    assert check_years(year(2023, t2__licence=90), [year(2022, t2__licence=2)]) == []
    (finding,) = check_years(year(2023), [year(2020)])
    assert finding.code == "years.missing"
    assert "2021年、2022年" in finding.message
