"""The jobs of the watch: load, apply the rules, record, put notices into the outbox. All may run twice without harm."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from scheduler import alerts, casework, standings, texts
from scheduler.alerts import Change, Crew, Flood, Policy
from scheduler.casework import Done, Office
from scheduler.settings import SchedulerSettings
from scheduler.sources import MAX_PAGE, Robots, SourceReader
from storage import cases, jobs, outbox, taps, workdays
from storage.cases import CaseLine
from storage.clock import Clock
from storage.database import Database
from storage.models.cases import WatchCase, WatchHold
from storage.models.outbox import JobRun
from storage.models.watch import MAIN_ACCOUNT, Obligation, Standing, WatchPerson, WatchSource
from storage.outbox import Channel, Letter
from storage.people import tidy as tidy_codes
from storage.publishing import sources, survey
from storage.publishing.rules import Finding
from storage.publishing.types import Kind, State
from storage.questions import people
from storage.reading.fetch import SafeFetcher

log = logging.getLogger(__name__)

SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Watch:
    """What every job needs.

    Attributes:
        database: facts and state.
        settings: when and how.
        clock: the time.
        secret: the key of one-tap links.
        holder: names this process.
        channels: the channels it sends over.
        robots: what sites' robots.txt said, kept between rounds of reading.
    """

    database: Database
    settings: SchedulerSettings
    clock: Clock
    secret: bytes = field(repr=False)
    holder: str = "watch"
    channels: Mapping[str, Channel] = field(default_factory=dict)
    robots: Robots = field(default_factory=dict)

    @property
    def policy(self) -> Policy:
        """When notices rise."""
        return Policy(self.settings.supervisor_after, self.settings.patience)


async def office(watch: Watch, session: AsyncSession) -> Office:
    """The people and the calendar as they are now."""
    settings = watch.settings
    people = (await session.exec(select(WatchPerson).where(col(WatchPerson.active)))).all()
    return Office(
        people=people,
        crew=Crew(people),
        known=await workdays.load(session),
        zone=ZoneInfo(settings.timezone),
        work_from=settings.work_from,
        work_until=settings.work_until,
        base_url=settings.base_url,
        secret=watch.secret,
    )


# --- scan ----------------------------------------------------------------------------------------------------------


async def scan(watch: Watch, *, dry_run: bool = False) -> dict[str, Any]:
    """Look at every obligation and bring the cases into step.

    1. Read how everything stands; a column whose sources could not be read is not judged.
    2. Decide the changes. More new lateness than is believable is held back until the operator lets it pass.
    3. Carry them out batch by batch, each batch with its messages in one transaction.
    """
    began, today = watch.clock.now(), watch.clock.today()
    async with watch.database.read() as session:
        setting = await office(watch, session)
        looked = await survey.check(session, today, setting.known)
        findings = _without_unreached(looked.findings, await unreached(session, watch))
        keys = [k for k in map(alerts.key_of, findings) if k]
        known = await casework.open_and_pressing(session, keys)
        holding = (await session.exec(_HOLDS)).first() is not None
        usual = max((r.summary.get("newly_late", 0) for r in await jobs.recent(session, SCAN)), default=0)
    changes = alerts.plan(findings, known, today, watch.policy)
    late = alerts.newly_late(changes)
    summary: dict[str, Any] = {"obligations": len(looked.stood) + looked.settled, "newly_late": len(late), "held": 0}
    counts = Counter(f.state for f in findings)
    counts[State.OK] += looked.settled
    summary |= {s.value: counts[s] for s in State}
    summary["unheard"] = alerts.unheard(findings, known, setting.crew, today, watch.policy)
    if summary["unheard"]:
        log.warning(
            "nobody is told: %d obligations need attention, and none of their people nor an operator is registered; "
            "register people at /desk/watch/people",
            summary["unheard"],
        )
    if dry_run:
        return summary | {"changes": len(changes)}
    limits = Flood(watch.settings.flood_floor, watch.settings.flood_share)
    flood = alerts.is_flood(len(late), usual, summary["obligations"], limits)
    if (flood or holding) and await _hold(watch, len(late), usual, flood=flood):
        held = set(map(id, late))
        changes = [c for c in changes if id(c) not in held]
        summary |= {"held": len(late), "newly_late": 0}
    changes = alerts.heard(changes, setting.crew)
    return summary | await _carry_out(watch, changes, setting, standings.changed(findings, looked.stood, began))


async def _carry_out(
    watch: Watch, changes: Sequence[Change], setting: Office, stand: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    """Batch by batch; how the obligations stand goes with the last, so that none is settled before its case is."""
    total = Done()
    last = max(0, len(changes) - 1) // casework.BATCH * casework.BATCH
    for start in range(0, last + 1, casework.BATCH) if changes or stand else ():
        async with watch.database.write() as session:
            done = await casework.carry_out(session, changes[start : start + casework.BATCH], setting, watch.clock)
            if start == last:
                await standings.keep(session, stand)
        total.opened += done.opened
        total.raised += done.raised
        total.closed += done.closed
        total.messages += done.messages
    return {"opened": total.opened, "raised": total.raised, "closed": total.closed, "messages": total.messages}


async def unreached(session: AsyncSession, watch: Watch) -> set[str]:
    """The columns of which no source has been read of late."""
    since = watch.clock.now() - timedelta(hours=watch.settings.source_hours)
    sources = (await session.exec(select(WatchSource).where(col(WatchSource.enabled)))).all()
    reached = {s.column for s in sources if s.reached_at and s.reached_at >= since}
    return {s.column for s in sources if s.created_at < since or s.failures} - reached


def _without_unreached(findings: Sequence[Finding], lost: set[str]) -> list[Finding]:
    return [
        replace(f, state=State.UNREACHED)
        if f.duty.column in lost and f.duty.kind is Kind.CYCLE and f.state in alerts.PRESSING
        else f
        for f in findings
    ]


_HOLDS = select(WatchHold).where(col(WatchHold.passed_at).is_(None)).order_by(col(WatchHold.id).desc())


async def _hold(watch: Watch, late: int, usual: int, *, flood: bool) -> bool:
    """Whether new lateness is held back; the operator is told once, and lets it pass with `gongkai cases release`."""
    now = watch.clock.now()
    async with watch.database.write() as session:
        hold = (await session.exec(_HOLDS)).first()
        if not flood:
            if hold is not None:
                hold.passed_at, hold.released_by = now, hold.released_by or casework.ACTOR
                session.add(hold)
            return False
        if hold is not None and hold.released_at is not None:
            hold.passed_at = now
            session.add(hold)
            return False
        if hold is None:
            hold = WatchHold(at=now, overdue=late, usual=usual)
            session.add(hold)
            await session.flush()
        await outbox.tell_operators(
            session,
            f"hold:{hold.id}",
            "一次检查发现大量逾期，已暂停通知",
            f"本次检查新发现{late}项逾期（平时每次最多{usual}项），可能是台账没有导入或信息来源改版。"
            "通知已暂停，没有发给任何责任人。核实后请运行 gongkai cases release 放行；台账补齐后会自动恢复。",
            watch.clock,
        )
    return True


# --- digests -------------------------------------------------------------------------------------------------------


async def proof(session: AsyncSession, watch: Watch, since: timedelta) -> texts.Proof:
    """Proof of the watch over the time that a digest covers."""
    ok, failed = await jobs.counted(session, SCAN, watch.clock.now() - since)
    last = await jobs.latest(session, SCAN)
    summary = last.summary if last else {}
    fresh = watch.clock.now() - timedelta(hours=watch.settings.source_hours)
    sources = (await session.exec(select(WatchSource.reached_at).where(col(WatchSource.enabled)))).all()
    return texts.Proof(
        runs=ok,
        failed=failed,
        obligations=summary.get("obligations", 0),
        sources=len(sources),
        reached=sum(1 for at in sources if at and at >= fresh),
        unknown=summary.get(State.UNKNOWN.value, 0),
    )


def _days_covered(setting: Office, today: date) -> int:
    """Days since the working day before, so that the digest after a holiday covers the holiday."""
    days = 1
    while not setting.works(today - timedelta(days)) and days < 15:
        days += 1
    return days


async def digest(watch: Watch, *, dry_run: bool = False) -> dict[str, Any]:
    """Each person's daily digest on working days; supervisors and operators get theirs even when nothing is open.

    Heads have the weekly one.
    """
    today = watch.clock.today()
    async with watch.database.read() as session:
        setting = await office(watch, session)
        if not setting.works(today):
            return {"messages": 0, "skipped": "not a working day"}
        days = _days_covered(setting, today)
        shown = await proof(session, watch, timedelta(days=days))
        open_cases = await cases.listed(session, limit=100_000)
        closed = await _closed_since(session, watch, timedelta(days=days))
    letters, names = [], _names(setting.people)
    open_of, closed_of = _by_person(open_cases), _by_person(closed)
    for person in setting.people:
        if person.role == "head":
            continue
        mine, done = open_of[person.id], closed_of[person.id]
        if person.role == "operator":
            mine, done = open_cases, closed
        if not mine and not done and person.role not in ("supervisor", "operator"):
            continue
        body = texts.digest(shown, person.id, names, mine, done, today)
        subject = f"公开监测日报 {today:%-m月%-d日}：待办{len(mine)}项"
        letters.append((person, Letter(f"digest:{today}:{person.id}", subject, body)))
    return await _post(watch, letters, dry_run)


async def weekly(watch: Watch, *, dry_run: bool = False) -> dict[str, Any]:
    """The heads' weekly digest, on the week's first working day."""
    today = watch.clock.today()
    year, week, _ = today.isocalendar()
    async with watch.database.read() as session:
        setting = await office(watch, session)
        if not setting.works(today):
            return {"messages": 0, "skipped": "not a working day"}
        shown = await proof(session, watch, timedelta(days=7))
        query = select(Standing.state, Obligation).join(Obligation).where(col(Obligation.enabled))
        states = (await session.exec(query)).all()
        open_cases = await cases.listed(session, limit=100_000)
        closed = await _closed_since(session, watch, timedelta(days=7))
    letters, accounts, names = [], _accounts(setting.people), _names(setting.people)
    for head in (p for p in setting.people if p.role == "head"):
        with_us = partial(_with_account, head.account, accounts)
        theirs = [state for state, duty in states if _account_of(duty, accounts) == head.account]
        counts = {s: sum(1 for state in theirs if state == s) for s in State}
        late = [c for c in open_cases if c.case.due_on < today and with_us(c)]
        body = texts.weekly(shown, counts, names, late, list(filter(with_us, closed)), today)
        subject = f"公开监测周报（{today:%-m月%-d日}）：逾期{len(late)}项"
        letters.append((head, Letter(f"weekly:{year}-{week}:{head.id}", subject, body)))
    return await _post(watch, letters, dry_run)


def _names(people: Sequence[WatchPerson]) -> dict[int | None, str]:
    """What each person is called."""
    return {p.id: p.name for p in people}


def _accounts(people: Sequence[WatchPerson]) -> dict[int | None, str]:
    """Whose staff each person is."""
    return {p.id: p.account for p in people}


def _account_of(duty: Obligation, accounts: Mapping[int | None, str]) -> str:
    """Whose staff an obligation is with; nobody's is the main account's."""
    return accounts.get(duty.owner_id) or accounts.get(duty.supervisor_id) or MAIN_ACCOUNT


def _with_account(account: str, accounts: Mapping[int | None, str], line: CaseLine) -> bool:
    return _account_of(line.obligation, accounts) == account


def _by_person(lines: Sequence[CaseLine]) -> dict[int | None, list[CaseLine]]:
    """The cases that each person owns or supervises, in the same order."""
    found: dict[int | None, list[CaseLine]] = defaultdict(list)
    for line in lines:
        for person_id in {line.obligation.owner_id, line.obligation.supervisor_id}:
            found[person_id].append(line)
    return found


async def _closed_since(session: AsyncSession, watch: Watch, since: timedelta) -> list[CaseLine]:
    query = select(WatchCase, Obligation).join(Obligation).where(col(WatchCase.closed_at) >= watch.clock.now() - since)
    return [CaseLine(*row) for row in (await session.exec(query)).all()]


async def _post(watch: Watch, letters: Sequence[tuple[WatchPerson, Letter]], dry_run: bool) -> dict[str, Any]:
    if dry_run:
        return {"messages": len(letters), "texts": [letter.body for _, letter in letters]}
    async with watch.database.write() as session:
        return {"messages": await outbox.put_all(session, letters, watch.clock)}


# --- keeping the watch itself in order -----------------------------------------------------------------------------


async def send(watch: Watch, *, dry_run: bool = False) -> dict[str, Any]:
    """Send what waits in the outbox over the channels of this process."""
    if dry_run:
        return {"sent": 0}
    return {"sent": await outbox.deliver(watch.database, watch.channels, watch.holder, watch.clock)}


async def check_watch(watch: Watch, *, dry_run: bool = False) -> dict[str, Any]:
    """Tell the operators of what the watch cannot see: lost sources, a missing holiday notice, runs cut short."""
    today = watch.clock.today()
    async with watch.database.read() as session:
        known = await workdays.load(session)
        sources = (await session.exec(select(WatchSource).where(col(WatchSource.enabled)))).all()
        lost = await unreached(session, watch)
        cut = [r for r in await jobs.recent(session, SCAN, 5) if _cut_short(r, watch)]
    found: list[tuple[str, str, str]] = []
    broken = [s for s in sources if s.column in lost]
    if broken:
        lines = [f"{s.column}：{s.url}（连续失败{s.failures}次，{s.error or '原因不明'}）" for s in broken]
        found.append(
            (
                f"sources:{today}",
                f"{len(broken)}个信息来源读不到",
                "\n".join([*lines, "读到之前，这些栏目不判断是否逾期。"]),
            )
        )
    year = known.last.year + 1
    if today > known.last - timedelta(days=45):
        text = f"{known.last:%Y年%-m月%-d日}之后的工作日还不能计算。{workdays.CalendarUnknown(year)}"
        found.append((f"holidays:{year}:{today.isocalendar()[1]}", f"请导入{year}年放假通知", text))
    if cut:
        found.append(
            (f"cut:{cut[0].id}", "监测任务中断过", "上一次检查没有正常结束，已由后续检查补做。请留意服务器状态。")
        )
    if not dry_run and found:
        async with watch.database.write() as session:
            for key, subject, body in found:
                await outbox.tell_operators(session, key, subject, body, watch.clock)
    return {"warnings": [subject for _, subject, _ in found]}


def _cut_short(run: JobRun, watch: Watch) -> bool:
    return run.finished_at is None and run.started_at < watch.clock.now() - timedelta(minutes=30)


async def read(watch: Watch, *, dry_run: bool = False) -> dict[str, Any]:
    """Read the sources whose time has come and enter what is new into the ledger."""
    every = timedelta(minutes=watch.settings.watch_minutes)
    if dry_run:
        async with watch.database.read() as session:
            return {"due": [s.url for s in await sources.due(session, watch.clock.now(), every)]}
    async with SafeFetcher(allow_private=watch.settings.source_private, max_bytes=MAX_PAGE) as fetcher:
        reader = SourceReader(watch.database, fetcher, watch.clock, robots=watch.robots)
        done = await reader.read_due(every)
    return {"tried": done.tried, "reached": done.reached, "new": done.new_items, "failures": list(done.failures)}


async def tidy(watch: Watch, *, dry_run: bool = False) -> dict[str, Any]:
    """Forget old runs, used links and codes, and citizens' questions past their time (个人信息保护法第十九条)."""
    if dry_run:
        return {}
    async with watch.database.write() as session:
        await jobs.tidy(session, watch.clock)
        await taps.tidy(session, watch.clock)
        await tidy_codes(session, watch.clock)
    kept = timedelta(days=watch.settings.question_days)
    return {"questions": await people.purge_all(watch.database, watch.clock.now() - kept)}
