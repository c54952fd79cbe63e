"""三审三校: the order of signatures, who may give them, and that the database itself holds both."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from storage import audit, staff
from storage.acting import By
from storage.clock import FixedClock
from storage.database import Database
from storage.errors import Conflict, Refused
from storage.models.review import ItemState, ReviewEntry, ReviewItem
from storage.models.staff import StaffMember
from storage.review import acts as review
from storage.review.steps import Step, steps
from storage.review.subjects import SUBJECTS
from storage.staff import Role

Office = dict[str, StaffMember]


async def office(database: Database, clock: FixedClock) -> Office:
    """An author and four reviewers; roles are the caller's business."""
    people = {}
    for name in ("author", "first", "second", "secrecy", "final"):
        async with database.write() as session:
            people[name], _ = await staff.add_member(
                session, login=name, name=name, roles=[Role.EDITOR], by="test", now=clock.now(), origin=None
            )
    return people


class Case:
    """One item and the office that works on it."""

    def __init__(self, database: Database, clock: FixedClock, people: Office) -> None:
        self.database, self.clock, self.people = database, clock, people
        self.item: ReviewItem

    def by(self, name: str) -> By:
        return By(self.people[name], self.clock.now())

    async def submit(self, wanted: tuple[Step, ...] = tuple(Step), by: str = "author", kind: str = "entry") -> None:
        async with self.database.write() as session:
            self.item = await review.submit(
                session,
                kind=kind,
                subject_id=7,
                title="常见问题",
                wanted=wanted,
                by=self.by(by),
            )

    async def sign(self, step: str, by: str | None = None, revision: int | None = None) -> None:
        async with self.database.write() as session:
            self.item = await review.sign(
                session,
                self.item.id or 0,
                Step(step),
                revision=revision or self.item.revision,
                by=self.by(by or step),
            )

    async def give_back(self, by: str, reason: str = "数字不对") -> None:
        async with self.database.write() as session:
            self.item = await review.give_back(
                session,
                self.item.id or 0,
                revision=self.item.revision,
                reason=reason,
                by=self.by(by),
            )

    async def record(self) -> list[ReviewEntry]:
        async with self.database.read() as session:
            return await review.record(session, self.item.id or 0)


@pytest.fixture
async def case(sqlite: Database, clock: FixedClock) -> Case:
    return Case(sqlite, clock, await office(sqlite, clock))


@pytest.mark.parametrize(
    ("levels", "secrecy", "expected"),
    [
        (3, True, "first second secrecy final"),
        (3, False, "first second final"),
        (2, True, "first secrecy final"),
        (1, True, "secrecy final"),
        (1, False, "final"),
        (0, False, "final"),
        (9, False, "first second final"),
    ],
)
def test_steps_have_a_floor_of_one_reviewer(levels: int, secrecy: bool, expected: str) -> None:
    assert " ".join(steps(levels, secrecy=secrecy)) == expected


async def test_all_steps_in_their_order(case: Case) -> None:
    await case.submit()
    with pytest.raises(Refused, match="不是这一道"):
        await case.sign("final")
    for step in ("first", "second", "secrecy", "final"):
        assert case.item.state == ItemState.IN_REVIEW
        await case.sign(step)
    assert case.item.state == ItemState.APPROVED
    assert [(e.act, e.name) for e in await case.record()] == [
        ("submit", "author"),
        ("sign", "first"),
        ("sign", "second"),
        ("sign", "secrecy"),
        ("sign", "final"),
    ]
    async with case.database.read() as session:
        assert len(await audit.entries(session, subject="entry 7")) == 5


async def test_nobody_signs_twice_nor_their_own_draft(case: Case) -> None:
    await case.submit()
    with pytest.raises(Refused, match="自己拟的稿"):
        await case.sign("first", by="author")
    await case.sign("first")
    with pytest.raises(Refused, match="只能签一道"):
        await case.sign("second", by="first")


async def test_database_itself_refuses_a_second_signature(case: Case) -> None:
    await case.submit()
    await case.sign("first")
    now, person = case.clock.now(), case.people["first"]

    async def forge(**fields: object) -> None:
        async with case.database.write() as session:
            session.add(ReviewEntry(item_id=case.item.id, round=1, act="sign", name="x", at=now, **fields))

    with pytest.raises(IntegrityError):
        await forge(staff_id=person.id, slot=person.id, signed_step="second")
    with pytest.raises(IntegrityError):
        await forge(staff_id=case.people["final"].id, slot=case.people["final"].id, signed_step="first")


async def test_returned_with_a_reason_starts_a_new_round(case: Case) -> None:
    await case.submit()
    await case.sign("first")
    with pytest.raises(Refused, match="原因"):
        await case.give_back("second", reason="  ")
    await case.give_back("second")
    assert case.item.state == ItemState.RETURNED
    with pytest.raises(Refused, match="不是这一道"):
        await case.sign("second")
    await case.submit()
    assert case.item.round == 2
    with pytest.raises(Refused, match="不是这一道"):
        await case.sign("second")
    await case.sign("first")


async def test_stale_page_and_two_at_once(database: Database, clock: FixedClock) -> None:
    case = Case(database, clock, await office(database, clock))
    await case.submit()
    old = case.item.revision
    results = await asyncio.gather(
        case.sign("first", by="first", revision=old),
        case.sign("first", by="second", revision=old),
        return_exceptions=True,
    )
    assert [type(r) for r in results if r is not None] == [Conflict]
    with pytest.raises(Conflict, match="已经提交"):
        await case.submit()


async def test_one_person_cannot_sign_two_steps_at_once(database: Database, clock: FixedClock) -> None:
    case = Case(database, clock, await office(database, clock))
    await case.submit()
    seen = case.item.revision
    results = await asyncio.gather(
        *(case.sign(step, by="first", revision=seen + n) for n, step in enumerate(("first", "second"))),
        case.sign("first", by="first", revision=seen),
        return_exceptions=True,
    )
    assert [r for r in results if r is None] == [None]
    assert all(isinstance(r, Conflict | Refused) for r in results if r is not None)
    assert [e.name for e in await case.record() if e.act == "sign"] == ["first"]


async def test_waiting_list_shows_what_a_person_can_sign(case: Case) -> None:
    await case.submit()

    async def waits(name: str, *may: Step) -> bool:
        async with case.database.read() as session:
            return bool(await review.waiting_for(session, case.people[name].id or 0, may))

    assert await waits("first", Step.FIRST)
    assert not await waits("author", *Step)
    assert not await waits("second", Step.SECOND)
    await case.sign("first")
    assert not await waits("first", *Step)
    assert await waits("second", Step.SECOND)


async def test_order_only_for_what_is_approved_and_ahead(case: Case) -> None:
    await case.submit((Step.FINAL,))

    async def order(minutes: int) -> None:
        async with case.database.write() as session:
            case.item = await review.order(
                session,
                case.item.id or 0,
                revision=case.item.revision,
                at=case.clock.now() + timedelta(minutes=minutes),
                expected=None,
                by=case.by("final"),
            )

    with pytest.raises(Conflict, match="审定"):
        await order(5)
    await case.sign("final")
    with pytest.raises(Refused, match="晚于现在"):
        await order(0)
    await order(5)
    async with case.database.read() as session:
        assert await review.due(session, case.clock.now()) == []
        case.clock.move(timedelta(minutes=5))
        assert len(await review.due(session, case.clock.now())) == 1


async def test_a_deleted_thing_leaves_no_item(case: Case) -> None:
    await case.submit()
    async with case.database.write() as session:
        await review.forget(session, "entry", [7])
    async with case.database.read() as session:
        assert await review.of_subject(session, "entry", 7) is None
    assert await case.record() == []


async def test_words_about_what_is_said_to_one_citizen_stay_out_of_the_audit_log(case: Case) -> None:
    for kind in SUBJECTS:
        await case.submit(kind=kind)
        await case.give_back("final", "她家的地址不要写")
    assert [e.text for e in await case.record()][-1] == "她家的地址不要写"
    async with case.database.read() as session:
        logged = {k: "地址" in str([e.after for e in await audit.entries(session, subject=f"{k} 7")]) for k in SUBJECTS}
    assert logged == {"version": True, "entry": True, "reply": False}
