"""Figures over a span: what was published in time, by column, owner and month, and what to write about it.

Each occurrence is counted once, in the month in which it was decided: the day of publication where that was in time,
else the first day overdue. Nothing is estimated; what is still open and not yet due is not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.facts import ReportFacts
from storage.models.watch import Publication, WatchPerson
from storage.publishing import survey
from storage.publishing.rules import Occurrence
from storage.publishing.types import Duty


@dataclass(frozen=True, slots=True)
class Outcome:
    """One occurrence that was decided within the span.

    Attributes:
        duty: the obligation.
        owner: the owner's name, empty where there is none.
        decided: the day that it is counted on.
        due: the last day in time.
        published: the day of publication, `None` where it had not come by the span's end.
        days_late: days overdue until the publication or the span's end; 0 in time.
    """

    duty: Duty
    owner: str
    decided: date
    due: date
    published: date | None
    days_late: int


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of a group were in time."""

    name: str
    total: int
    on_time: int

    @property
    def percent(self) -> str:
        """The rate as people write it, one decimal place."""
        return f"{100 * self.on_time / self.total:.1f}%" if self.total else "—"


async def outcomes(session: AsyncSession, first: date, last: date) -> list[Outcome]:
    """Every occurrence that was decided within a span.

    Raises:
        CalendarUnknown: the span needs a holiday notice that is not loaded.
    """
    names: dict[int | None, str] = dict((await session.exec(select(WatchPerson.id, WatchPerson.name))).all())
    found = []
    for duty, one in await survey.all_occurrences(session, first, last):
        outcome = _decided(duty, one, names.get(duty.owner_id, ""), last)
        if outcome is not None and first <= outcome.decided <= last:
            found.append(outcome)
    return found


def _decided(duty: Duty, one: Occurrence, owner: str, last: date) -> Outcome | None:
    if one.due is None:
        return None
    if one.published is not None and one.published <= one.due:
        return Outcome(duty, owner, one.published, one.due, one.published, 0)
    end = one.published or last
    return Outcome(duty, owner, one.due + timedelta(1), one.due, one.published, (end - one.due).days)


def rates(found: Iterable[Outcome], by: Callable[[Outcome], str]) -> list[Rate]:
    """On-time rates by a property, the worst first."""
    total: Counter[str] = Counter()
    on_time: Counter[str] = Counter()
    for outcome in found:
        total[by(outcome)] += 1
        on_time[by(outcome)] += not outcome.days_late
    listed = [Rate(name, count, on_time[name]) for name, count in total.items()]
    return sorted(listed, key=lambda r: (r.on_time / r.total, -r.total, r.name))


def by_column(outcome: Outcome) -> str:
    """The column."""
    return outcome.duty.column


def by_owner(outcome: Outcome) -> str:
    """The owner."""
    return outcome.owner or "（未指定责任人）"


def by_month(outcome: Outcome) -> str:
    """The month in which it was decided."""
    return f"{outcome.decided:%Y-%m}"


def paragraph(found: Sequence[Outcome], first: date, last: date) -> str:
    """A draft for 存在的主要问题: what the evidence carries, for a person to finish."""
    late = [o for o in found if o.days_late]
    span = f"{first:%Y年%-m月%-d日}至{last:%Y年%-m月%-d日}"
    if not found:
        return f"{span}，监测范围内没有到期的公开事项。"
    start = f"经逐项核对{span}的公开义务，到期{len(found)}项次，按时{len(found) - len(late)}项次"
    if not late:
        return f"{start}，没有逾期。"
    worst = max(late, key=lambda o: o.days_late)
    columns = "、".join(f"“{r.name}”（{r.total - r.on_time}项次）" for r in _most_late(found))
    still = sum(o.published is None for o in late)
    text = f"{start}，按时率{Rate('', len(found), len(found) - len(late)).percent}。"
    text += f"存在信息公开不及时、超期发布的情况：逾期{len(late)}项次，主要集中在{columns}；"
    text += f"逾期最长的是“{worst.duty.title}”，{worst.days_late}天"
    return text + (f"；其中{still}项次截至期末仍未公开。" if still else "。")


def _most_late(found: Sequence[Outcome]) -> list[Rate]:
    listed = [r for r in rates(found, by_column) if r.on_time < r.total]
    return sorted(listed, key=lambda r: (r.on_time - r.total, r.name))[:3]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The ledger's count of a year beside what the annual report says.

    Attributes:
        column: the ledger's column.
        counted: items in the ledger published in the year.
        indicator: the report's figure.
        claimed: what the report says, `None` where it does not.
    """

    column: str
    counted: int
    indicator: str
    claimed: int | None

    @property
    def difference(self) -> int | None:
        """Ledger minus report; `None` where there is nothing to compare with."""
        return None if self.claimed is None else self.counted - self.claimed


async def compare(session: AsyncSession, report: ReportFacts, columns: Mapping[str, str]) -> list[Comparison]:
    """A report's figures beside the ledger's counts of its year.

    Args:
        session: for reading.
        report: the published report.
        columns: ledger column -> the indicator that counts it (`f.wechat`).
    """
    found = []
    for column, indicator in columns.items():
        query = select(func.count()).where(
            col(Publication.column) == column,
            col(Publication.published_on).between(date(report.year, 1, 1), date(report.year, 12, 31)),
        )
        fact = report.facts.get(indicator)
        claimed = int(fact.value) if fact is not None and fact.value is not None else None
        found.append(Comparison(column, (await session.exec(query)).one(), indicator, claimed))
    return found
