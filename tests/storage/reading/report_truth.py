"""Random true reports for property tests: what a bureau meant to print in tables two to four."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from storage.catalogue import APPLICANTS, COLUMNS, OTHER_ALL_ROW, REMEDIES, RESULTS, T3_ROWS, Edition, cells_of

SHORT_ROWS = tuple(dict.fromkeys(OTHER_ALL_ROW.id if t.group == OTHER_ALL_ROW.id else t.id for t in T3_ROWS))
LONG_ROWS = tuple(t.id for t in T3_ROWS)
_ENDS = ("new", "carried_in", "done", "carried_out")

Printed = dict[str, str]
"""Cell id -> what is printed in it; an empty text is a blank cell."""


@dataclass(frozen=True)
class Truth:
    """One report: the printed text of every cell, in the edition and the form of (六) that it follows."""

    edition: Edition
    short: bool
    printed: Printed

    @property
    def rows(self) -> tuple[str, ...]:
        return SHORT_ROWS if self.short else LONG_ROWS


def make_truth(random: Random, *, blanks: str = "none", errors: bool = False) -> Truth:
    """A report whose sums hold, unless `errors` plants published mistakes.

    `blanks` is one of `none`, `some` (random cells not printed), `zeros` (no zero printed), `dashes` (zeros as a dash).
    """
    edition = random.choice([Edition.E2021, Edition.E2021, Edition.E2019])
    short = edition is Edition.E2019 or random.random() < 0.3
    numbers = _table_three(random, SHORT_ROWS if short else LONG_ROWS) | _table_four(random)
    printed = {k: str(v) for k, v in numbers.items()}
    for cell_id in cells_of(edition):
        if cell_id.startswith("t2."):
            printed[cell_id] = _t2_number(random, cell_id)
    if errors:
        for cell_id in random.sample(sorted(printed), random.randint(1, 6)):
            if not cell_id.startswith("t2."):
                printed[cell_id] = str(int(printed[cell_id]) + random.choice([1, 3, 10, 200]))
    for cell_id, text in printed.items():
        printed[cell_id] = _blanked(random, text, blanks)
    return Truth(edition, short, printed)


def _blanked(random: Random, text: str, blanks: str) -> str:
    if blanks == "some" and random.random() < 0.15:
        return random.choice(["", "", "-", "/", "—"])
    if blanks == "zeros" and text == "0":
        return ""
    return random.choice("-/—") if blanks == "dashes" and text == "0" else text


def _count(random: Random, scale: int) -> int:
    return 0 if scale == 0 or random.random() < 0.6 else random.randint(1, scale)


def _table_three(random: Random, rows: tuple[str, ...]) -> dict[str, int]:
    scale = random.choice([0, 3, 20, 400, 9000])
    numbers: dict[str, int] = {}
    for column in APPLICANTS:
        busy = scale if column.id == "natural" or random.random() < 0.4 else 0
        outcomes = {row: _count(random, busy) for row in rows if row not in _ENDS}
        done, out = sum(outcomes.values()), _count(random, busy)
        carried = random.randint(0, min(done + out, 9))
        values = outcomes | {"new": done + out - carried, "carried_in": carried, "done": done, "carried_out": out}
        numbers |= {f"t3.{row}.{column.id}": v for row, v in values.items()}
    for row in rows:
        numbers[f"t3.{row}.total"] = sum(numbers[f"t3.{row}.{c.id}"] for c in APPLICANTS)
    return {f"t3.{row}.{c.id}": numbers[f"t3.{row}.{c.id}"] for row in rows for c in COLUMNS}


def _table_four(random: Random) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for remedy in REMEDIES:
        values = [_count(random, random.choice([2, 30])) for _ in RESULTS[:-1]]
        numbers |= {f"t4.{remedy.id}.{r.id}": v for r, v in zip(RESULTS, [*values, sum(values)], strict=True)}
    return numbers


def _t2_number(random: Random, cell_id: str) -> str:
    number = _count(random, random.choice([5, 80, 20000]))
    if cell_id == "t2.fee" and random.random() < 0.5:
        return f"{number}.{random.randint(1, 99):02d}"
    if cell_id.endswith(".change"):
        return str(number - random.choice([0, 0, 7]))
    return f"{number}元" if cell_id == "t2.procurement.amount" and random.random() < 0.3 else str(number)
