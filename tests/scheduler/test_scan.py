"""The life of a case through real scans: opened once, told once a stage to a widening circle, closed by publication."""

from __future__ import annotations

import asyncio
import random
from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from scheduler import jobs, texts
from storage import cases, outbox
from storage.cases import Status
from storage.errors import Conflict, Refused
from storage.models.cases import WatchCase, WatchHold
from storage.models.outbox import OutboxMessage
from storage.models.watch import Obligation, Publication, Standing, WatchPerson, WatchSource
from storage.publishing import survey
from storage.publishing.types import Duty, Kind, Period
from tests.scheduler.conftest import Bureau

DAY = timedelta(days=1)


async def messages(bureau, status: str | None = None) -> list[OutboxMessage]:
    async with bureau.database.read() as session:
        query = select(OutboxMessage).order_by(col(OutboxMessage.id))
        rows = (await session.exec(query)).all()
    return [m for m in rows if status is None or m.status == status]


async def only_case(bureau) -> WatchCase:
    async with bureau.database.read() as session:
        return (await session.exec(select(WatchCase))).one()


async def told_by_day(bureau, days: int) -> dict[str, set[int]]:
    """Scan twice a day; whom each day's messages go to."""
    told: dict[str, set[int]] = {}
    seen = len(await messages(bureau))
    for _ in range(days):
        await jobs.scan(bureau.watch)
        await jobs.scan(bureau.watch)
        fresh = (await messages(bureau))[seen:]
        seen += len(fresh)
        if fresh:
            told[bureau.clock.today().isoformat()[5:]] = {m.person_id for m in fresh}
        bureau.clock.move(DAY)
    return told


async def test_the_circle_widens_and_nobody_is_told_twice(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 17), lead_days=2, serious_days=7)  # due on 06-06
    assert await told_by_day(bureau, 14) == {
        "06-04": {1},  # two days before
        "06-06": {1},  # the day itself
        "06-07": {1},  # overdue
        "06-10": {1, 2},  # more than three days: the supervisor too
        "06-14": {1, 2, 3},  # more than seven days: the head too
    }


async def test_an_acknowledged_case_waits_longer_for_the_supervisor(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13), serious_days=30)  # due on 06-02, overdue today
    await jobs.scan(bureau.watch)
    case = await only_case(bureau)
    async with bureau.database.write() as session:
        await cases.acknowledge(session, case.id, actor="张敏", clock=bureau.clock)
    bureau.clock.move(DAY)
    assert await told_by_day(bureau, 8) == {"06-09": {1, 2}}


async def test_publication_closes_the_case_with_link_and_days_late(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 8))  # due on 05-28
    await jobs.scan(bureau.watch)
    await bureau.publish(date(2024, 6, 1), codes=("D1",))
    await jobs.scan(bureau.watch)
    case = await only_case(bureau)
    assert (case.status, case.days_late, case.closed_how) == (Status.CLOSED, 4, "publication")
    assert case.evidence == "https://a.gov.cn/政策文件通知2024-06-01"
    async with bureau.database.read() as session:
        assert [e.action for e in await cases.history(session, case.id)] == ["open", "resolve"]


async def test_what_was_not_sent_is_taken_back_when_the_case_closes(bureau) -> None:
    bureau.clock.move(timedelta(hours=10))  # eight in the evening: reminders wait for the morning
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 8))
    await jobs.scan(bureau.watch)
    assert [str(m.not_before.astimezone(bureau.clock._timezone))[:16] for m in await messages(bureau)] == [
        "2024-06-04 09:00"
    ]
    await bureau.publish(date(2024, 6, 1), codes=("D1",))
    await jobs.scan(bureau.watch)
    assert [m.status for m in await messages(bureau)] == ["cancelled"]


async def test_a_severe_one_breaks_the_quiet_once_it_is_overdue(bureau) -> None:
    bureau.clock.move(timedelta(hours=10))
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 8), severe=True)
    await jobs.scan(bureau.watch)
    assert (await messages(bureau))[0].not_before <= bureau.clock.now()


async def test_a_late_column_opens_a_new_case_after_it_was_updated(bureau) -> None:
    await bureau.oblige("C1", "更新周期", "14天", date(2024, 5, 10), column="工作动态", lead_days=0)
    await jobs.scan(bureau.watch)  # due on 05-24
    await bureau.publish(date(2024, 6, 3), "工作动态")
    await jobs.scan(bureau.watch)
    bureau.clock.move(15 * DAY)
    await jobs.scan(bureau.watch)
    async with bureau.database.read() as session:
        found = (await session.exec(select(WatchCase).order_by(col(WatchCase.id)))).all()
    assert [(c.episode, c.status) for c in found] == [("2024-05-10", "closed"), ("2024-06-03", "open")]


async def test_a_correction_of_the_ledger_opens_the_case_again(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 8))
    await jobs.scan(bureau.watch)
    await bureau.publish(date(2024, 6, 1), codes=("D1",))
    await jobs.scan(bureau.watch)
    async with bureau.database.write() as session:
        from storage.models.watch import Publication

        await session.delete((await session.exec(select(Publication))).one())
    await jobs.scan(bureau.watch)
    case = await only_case(bureau)
    assert (case.status, case.closed_at) == ("open", None)
    async with bureau.database.write() as session:
        await cases.resolve(session, case.id, "纸质公告栏已公布，照片存档", actor="李强", clock=bureau.clock)
    await jobs.scan(bureau.watch)
    assert (await only_case(bureau)).status == "closed", "closed with evidence stays closed"


async def test_snoozed_is_silent_until_the_day_and_then_speaks(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13), serious_days=3)
    await jobs.scan(bureau.watch)
    async with bureau.database.write() as session:
        await cases.snooze(
            session, (await only_case(bureau)).id, date(2024, 6, 10), "机房搬迁", actor="张敏", clock=bureau.clock
        )
    before = len(await messages(bureau))
    bureau.clock.move(DAY)
    assert set(await told_by_day(bureau, 7)) == set()
    assert len(await messages(bureau)) == before
    assert "06-11" in await told_by_day(bureau, 2)


async def test_extension_is_the_supervisors_and_does_not_move_the_statutory_day(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    case = await only_case(bureau)
    async with bureau.database.read() as session:
        owner, supervisor = [await session.get_one(WatchPerson, n) for n in (1, 2)]
    until = date(2024, 6, 20)
    with pytest.raises(Refused, match="监督人"):
        async with bureau.database.write() as session:
            await cases.extend(session, case.id, until, "待会签", actor="张敏", clock=bureau.clock, person=owner)
    async with bureau.database.write() as session:
        await cases.extend(session, case.id, until, "待会签", actor="李强", clock=bureau.clock, person=supervisor)
    case = await only_case(bureau)
    assert (case.due_on, case.extended_until) == (date(2024, 6, 2), until)
    told = await told_by_day(bureau, 20)
    assert min(told) == "06-16"  # the lead of four days before the extended day
    await bureau.publish(date(2024, 6, 22), codes=("D1",))
    await jobs.scan(bureau.watch)
    assert (await only_case(bureau)).days_late == 20


async def test_of_two_people_at_once_one_succeeds(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    case = await only_case(bureau)

    async def resolve(who: str) -> None:
        async with bureau.database.write() as session:
            await cases.resolve(session, case.id, "链接", actor=who, clock=bureau.clock)

    results = await asyncio.gather(*(resolve(f"人{n}") for n in range(4)), return_exceptions=True)
    assert (results.count(None), {type(r) for r in results if r}) == (1, {Conflict})
    async with bureau.database.read() as session:
        assert [e.action for e in await cases.history(session, case.id)] == ["open", "resolve"]


async def test_two_scans_at_once_open_and_tell_once(bureau) -> None:
    for n in range(8):
        await bureau.oblige(f"D{n}", "形成后限时", "20天", date(2024, 5, 13))
    await asyncio.gather(*(jobs.scan(bureau.watch) for _ in range(3)))
    async with bureau.database.read() as session:
        assert len((await session.exec(select(WatchCase))).all()) == 8
    assert len(await messages(bureau)) == 8


async def test_a_source_out_of_reach_is_a_failure_of_the_watch_not_a_gap(bureau) -> None:
    await bureau.oblige("C1", "更新周期", "14天", date(2024, 5, 1), column="工作动态")
    async with bureau.database.write() as session:
        session.add(
            WatchSource(
                column="工作动态",
                kind="html",
                url="https://a.gov.cn/dt/",
                failures=3,
                error="连不上",
                reached_at=bureau.clock.now() - 2 * DAY,
                created_at=bureau.clock.now() - 9 * DAY,
            )
        )
    summary = await jobs.scan(bureau.watch)
    assert (summary["overdue"] + summary["serious"], summary["unreached"], summary["opened"]) == (0, 1, 0)
    await jobs.check_watch(bureau.watch)
    await jobs.check_watch(bureau.watch)
    (warning,) = await messages(bureau)
    assert warning.person_id == 4
    assert "工作动态：https://a.gov.cn/dt/" in warning.body
    async with bureau.database.read() as session:
        assert (await session.exec(select(Standing.state))).all() == ["unreached"]


async def test_a_flood_is_held_and_let_pass_by_the_operator(bureau) -> None:
    for n in range(30):
        await bureau.oblige(f"D{n}", "形成后限时", "20天", date(2024, 5, 13))
    assert (await jobs.scan(bureau.watch))["held"] == 30
    assert (await jobs.scan(bureau.watch))["held"] == 30
    (warning,) = await messages(bureau)
    assert (warning.person_id, "30项" in warning.body) == (4, True)
    async with bureau.database.write() as session:
        hold = (await session.exec(select(WatchHold))).one()
        hold.released_at = bureau.clock.now()
        session.add(hold)
    assert (await jobs.scan(bureau.watch))["opened"] == 30
    assert len(await messages(bureau)) == 31


async def test_a_flood_that_the_ledger_explains_passes_silently(bureau) -> None:
    for n in range(12):
        await bureau.oblige(f"D{n}", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    for n in range(12):
        await bureau.publish(date(2024, 6, 1), title=f"文{n}", codes=(f"D{n}",))
    assert (await jobs.scan(bureau.watch))["opened"] == 0
    async with bureau.database.read() as session:
        assert (await session.exec(select(WatchHold))).one().passed_at is not None


async def test_a_dry_run_changes_nothing(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    assert (await jobs.scan(bureau.watch, dry_run=True))["changes"] == 1
    assert await messages(bureau) == []


async def test_a_switched_off_obligation_withdraws_its_case(bureau) -> None:
    from storage.models.watch import Obligation

    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    async with bureau.database.write() as session:
        row = (await session.exec(select(Obligation))).one()
        row.enabled = False
        session.add(row)
    await jobs.scan(bureau.watch)
    case = await only_case(bureau)
    assert (case.status, case.closed_how, case.days_late) == ("closed", "withdrawn", None)


async def test_the_reminder_says_what_a_clerk_needs(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20个工作日", date(2024, 4, 30), title="关于就业补贴的通知")
    await jobs.scan(bureau.watch)
    (message,) = await messages(bureau)
    assert message.subject == "【逾期提醒】关于就业补贴的通知（已逾期4天）"
    lines = message.body.splitlines()
    assert lines[:6] == [
        "事项：关于就业补贴的通知（D1）",
        "栏目：政策文件",
        "依据：条例第二十六条",
        "情况：超过20个工作日尚未公开",
        "期限：2024年5月30日（已逾期4天）",
        "下一步：请尽快完成审核并公开；已经公开的，请点下面的“已发布”登记。",
    ]
    assert [line.split("：https://gk.example.gov.cn/t/")[0] for line in lines[6:9]] == ["收到", "已发布", "延期"]


async def test_the_digest_begins_with_proof_and_comes_once(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.digest(bureau.watch)
    first = [m.body.splitlines()[0] for m in await messages(bureau)]
    assert all("没有完成过检查" in line for line in first), "no proof where there is none"
    bureau.clock.move(DAY)
    from storage import jobs as runs

    run = await runs.begin(bureau.database, "scan", "test", bureau.clock)
    await runs.end(bureau.database, run, bureau.clock, summary=await jobs.scan(bureau.watch))
    before = len(await messages(bureau))
    await jobs.digest(bureau.watch)
    await jobs.digest(bureau.watch)
    fresh = (await messages(bureau))[before:]
    assert {m.person_id for m in fresh} == {1, 2, 4}
    assert fresh[0].body.splitlines() == [
        "监测正常：完成检查1次，覆盖公开义务1项。",
        "张敏，6月4日的公开待办：",
        "逾期1项：",
        "1. D1号文件：已逾期2天",
    ]
    await jobs.weekly(bureau.watch)
    (weekly,) = [m for m in await messages(bureau) if m.key.startswith("weekly")]
    assert weekly.person_id == 3
    assert weekly.body.startswith("监测正常：完成检查1次")


async def test_no_digest_on_a_day_off(bureau) -> None:
    bureau.clock.move(7 * DAY)  # 2024-06-10, Dragon Boat Festival, a Monday
    assert (await jobs.digest(bureau.watch))["messages"] == 0


async def test_a_person_without_any_channel_finds_it_held(bureau) -> None:
    async with bureau.database.write() as session:
        person = await session.get_one(WatchPerson, 1)
        person.channels = []
        session.add(person)
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 13))
    await jobs.scan(bureau.watch)
    async with bureau.database.write() as session:
        held = await outbox.take_held(session, await session.get_one(WatchPerson, 1), bureau.clock)
        again = await outbox.take_held(session, await session.get_one(WatchPerson, 1), bureau.clock)
    assert (len(held), len(again)) == (1, 0)


async def looked_at_whole(bureau) -> dict[str, tuple[str, date | None]]:
    """State and due day of every obligation by a look that leaves nothing out; the first of several findings."""
    found: dict[str, tuple[str, date | None]] = {}
    async with bureau.database.read() as session:
        for finding in await survey.on_day(session, bureau.clock.today()):
            due = finding.occurrence.due if finding.occurrence else None
            found.setdefault(finding.duty.code, (finding.state, due))
    return found


async def stored(bureau) -> dict[str, tuple[str, date | None]]:
    async with bureau.database.read() as session:
        rows = await session.exec(select(Obligation, Standing).join(Standing).where(col(Obligation.enabled)))
        return {o.code: (s.state, s.due_on) for o, s in rows.all()}


async def test_what_a_scan_leaves_out_stands_as_a_whole_look_would_say(bureau) -> None:
    rng = random.Random(11)
    kinds = [("形成后限时", "20天"), ("形成后限时", "7个工作日"), ("更新周期", "14天"), ("固定日期", "每月")]
    for n in range(24):
        start = bureau.clock.today() + timedelta(rng.randrange(-40, 10))
        await bureau.oblige(f"D{n:02}", *kinds[n % 4], start, column=f"栏目{n % 6}")
    for _ in range(40):
        bureau.clock.move(timedelta(hours=13))
        for _ in range(2):
            await change_something(bureau, rng)
        done = await jobs.scan(bureau.watch)
        whole = await looked_at_whole(bureau)
        assert await stored(bureau) == whole
        assert done["obligations"] == len(whole)
        assert done["ok"] == sum(state == "ok" for state, _ in whole.values())


async def change_something(bureau, rng: random.Random) -> None:
    code = f"D{rng.randrange(24):02}"
    what = rng.choice(["publish", "publish", "publish", "withdraw", "move", "shorten", "switch"])
    if what == "publish":
        day = bureau.clock.today() - timedelta(rng.randrange(3))
        await bureau.publish(day, f"栏目{rng.randrange(6)}", f"通知{rng.random()}", (code,))
        return
    async with bureau.database.write() as session:
        if what in ("withdraw", "move"):
            items = (await session.exec(select(Publication).order_by(col(Publication.id)))).all()
            if items and what == "withdraw":
                await session.delete(rng.choice(items))
            elif items:
                rng.choice(items).published_on += timedelta(rng.randrange(-5, 6))
            return
        duty = (await session.exec(select(Obligation).where(col(Obligation.code) == code))).one()
        duty.updated_at = bureau.clock.now()
        if what == "switch":
            duty.enabled = not duty.enabled
        else:
            duty.starts_on = duty.starts_on - timedelta(1)


async def test_who_is_told_too_and_whose_it_is_are_named(bureau) -> None:
    await bureau.oblige("D1", "形成后限时", "20天", date(2024, 5, 6), serious_days=60)  # due on 05-26
    await jobs.scan(bureau.watch)
    bureau.clock.move(DAY)
    await jobs.scan(bureau.watch)
    await jobs.digest(bureau.watch)
    sent = await messages(bureau, "waiting")
    assert "本提醒同时发给：张敏、李强。" in sent[0].body
    digests = {m.person_id: m.body for m in sent if m.key.startswith("digest")}
    assert digests[1].endswith("1. D1号文件：已逾期9天")
    assert digests[2].endswith("1. D1号文件：已逾期9天（张敏）")


def test_a_step_fits_the_day_and_the_kind() -> None:
    def step(kind: str, period: str, today: date) -> str:
        duty = Duty(1, "A", "名称", "栏目", Kind(kind), Period.parse(period, Kind(kind)), today, "", 3, 7)
        return texts.next_step(duty, date(2024, 6, 5), today, linked=False)

    assert step("固定日期", "每年1月31日", date(2024, 6, 5)) == "请在期限前公布；已经公开的，请登记链接。"
    assert step("固定日期", "每季度", date(2024, 6, 6)).startswith("请尽快公布；本期确无应公布内容的")
    assert "确无可公开信息的" in step("更新周期", "14天", date(2024, 6, 6))


async def test_what_nobody_heard_reaches_who_registers_later(database, clock, caplog) -> None:
    office = Bureau(database, clock)
    await office.oblige("D1", "形成后限时", "20天", date(2024, 5, 13), owner_id=None, supervisor_id=None)
    for _ in range(2):
        caplog.clear()
        assert (await jobs.scan(office.watch))["unheard"] == 1
        assert [r.getMessage().partition(":")[0] for r in caplog.records] == ["nobody is told"]
    case = await only_case(office)
    async with database.read() as session:
        assert [e.action for e in await cases.history(session, case.id)] == ["open"]
    assert await messages(office) == []
    await office.furnish()
    caplog.clear()
    assert await told_by_day(office, 1) == {"06-03": {3}}, "the head: it is overdue, and nobody owns it"
    assert caplog.records == []
