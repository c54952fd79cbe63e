"""Looking at all obligations at once: the ledger's few answers put through the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel.ext.asyncio.session import AsyncSession

from storage import workdays
from storage.publishing import ledger, rules
from storage.publishing.rules import Finding, Interval, Occurrence
from storage.publishing.types import Duty, Kind
from storage.workdays import Workdays


async def on_day(session: AsyncSession, today: date) -> list[Finding]:
    """How every obligation stands on a day, by what had been published by then."""
    known = await workdays.load(session)
    listed = await ledger.duties(session)
    facts = await ledger.as_of(session, listed, today)
    return [f for duty in listed for f in rules.judge(duty, _occurrences(duty, facts, known, today), known, today)]


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


def _occurrences(duty: Duty, facts: ledger.Ledger, known: Workdays, until: date) -> Sequence[Occurrence]:
    if duty.recurring:
        return rules.recurring(duty, facts.turns.get(duty.code, ()), until)
    if duty.kind is Kind.CYCLE:
        return rules.occurrences(duty, facts.columns.get(duty.column, []), known)
    first = facts.items.get(duty.code)
    return rules.occurrences(duty, [first] if first else [], known)
