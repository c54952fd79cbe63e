"""Looking at all obligations at once: the ledger's few answers put through the rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlmodel.ext.asyncio.session import AsyncSession

from storage import workdays
from storage.publishing import ledger, rules
from storage.publishing.rules import Finding, Interval, Occurrence
from storage.publishing.types import Duty, Kind
from storage.workdays import Workdays

_Counting = Callable[[Duty, tuple[date, ...], Workdays], tuple[Occurrence, ...]]


async def on_day(session: AsyncSession, today: date) -> list[Finding]:
    """How every obligation stands on a day, by what had been published by then."""
    known = await workdays.load(session)
    listed = await ledger.duties(session)
    facts = await ledger.as_of(session, listed, today)
    return _judged(listed, facts, known, today)


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found.

    Attributes:
        findings: how every obligation stands that is not settled.
        stood: by obligation, how it stood at the check before: state, due day, newest publication.
        settled: how many obligations are in order for ever and were not looked at.
    """

    findings: list[Finding]
    stood: dict[int, tuple[str | None, date | None, date | None]]
    settled: int


async def check(session: AsyncSession, today: date, known: Workdays) -> Check:
    """How every obligation stands that may have changed since the check before."""
    rows, settled = await ledger.unsettled(session, today)
    listed = [row.duty for row in rows]
    facts = await ledger.as_of(session, listed, today, {r.duty.code: r.first for r in rows if r.first})
    return Check(_judged(listed, facts, known, today), {r.duty.id: r.stood for r in rows}, settled)


def _judged(listed: Sequence[Duty], facts: ledger.Ledger, known: Workdays, today: date) -> list[Finding]:
    found: list[Finding] = []
    for duty in listed:
        found += rules.judge(duty, _occurrences(duty, facts, known, today, _unchanged), known, today)
    return found


_unchanged = lru_cache(maxsize=20_000)(rules.occurrences)
"""From one check to the next little changes: an obligation with the same publication keeps its occurrences."""


async def over_span(session: AsyncSession, first: date, last: date) -> list[Interval]:
    """Every overdue interval within a span, in the order of the obligations' codes.

    Raises:
        CalendarUnknown: the span needs a holiday notice that is not loaded.
    """
    known = await workdays.load(session)
    listed = await ledger.duties(session)
    facts = await ledger.over(session, listed, first, last)
    found = []
    for duty in listed:
        found += rules.intervals(duty, _occurrences(duty, facts, known, last), known, first, last)
    return found


async def all_occurrences(session: AsyncSession, first: date, last: date) -> list[tuple[Duty, Occurrence]]:
    """Every occurrence that touches a span, as it stood on the span's last day; some reach outside it.

    Raises:
        CalendarUnknown: the span needs a holiday notice that is not loaded.
    """
    known = await workdays.load(session)
    if last > known.last:
        raise workdays.CalendarUnknown(known.last.year + 1)
    listed = await ledger.duties(session)
    facts = await ledger.over(session, listed, first, last)
    return [(duty, one) for duty in listed for one in _occurrences(duty, facts, known, last)]


def _occurrences(
    duty: Duty, facts: ledger.Ledger, known: Workdays, until: date, counted: _Counting = rules.occurrences
) -> Sequence[Occurrence]:
    if duty.kind is Kind.CYCLE:
        return counted(duty, facts.columns.get(duty.column, ()), known)
    if duty.kind is Kind.FIXED and duty.recurring:
        return rules.recurring(duty, facts.turns.get(duty.code, ()), until)
    first = facts.items.get(duty.code)
    return counted(duty, (first,) if first else (), known)
