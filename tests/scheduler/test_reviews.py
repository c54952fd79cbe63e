"""Reminders of review: to those who may sign, once a working day, taken back when it was signed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from scheduler.reviews import remind
from storage import people, staff
from storage.acting import By
from storage.errors import Refused
from storage.models.outbox import OutboxMessage
from storage.models.review import ItemState, ReviewItem
from storage.models.staff import StaffMember
from storage.models.watch import WatchPerson
from storage.outbox import Status
from storage.review import acts
from storage.review.steps import Step
from storage.staff import Role
from tests.scheduler.conftest import HOOK, Bureau

STAFF = (
    ("li", "李编", Role.EDITOR),
    ("chen", "陈立", Role.FIRST_REVIEWER),
    ("sun", "孙阳", Role.FIRST_REVIEWER),
    ("zhou", "周敏", Role.FINAL_REVIEWER),
)


class Review(Bureau):
    """The bureau with staff at the desk and an item in review since Monday morning."""

    people: dict[str, StaffMember]
    item: ReviewItem

    async def staffed(self) -> None:
        self.people = {}
        async with self.database.write() as session:
            for login, name, role in STAFF:
                self.people[login], _ = await staff.add_member(
                    session, login=login, name=name, roles=[role], by="t", now=self.clock.now(), origin=None
                )
            for n, login in enumerate(("chen", "sun"), 11):
                member = self.people[login]
                known = WatchPerson(id=n, name=member.name, role="owner", channels=HOOK, desk_account=member.id)
                session.add(known)
            by = By(self.people["li"], self.clock.now())
            self.item = await acts.submit(
                session,
                kind="version",
                subject_id=1,
                title="某局2023年年报第1版",
                wanted=(Step.FIRST, Step.FINAL),
                by=by,
            )

    async def sign(self, who: str, step: Step) -> None:
        async with self.database.write() as session:
            by = By(self.people[who], self.clock.now())
            self.item = await acts.sign(session, self.item.id or 0, step, revision=self.item.revision, by=by)

    async def told(self, *status: Status) -> list[OutboxMessage]:
        async with self.database.read() as session:
            rows = (await session.exec(select(OutboxMessage).order_by(OutboxMessage.id))).all()  # type: ignore[arg-type]
        return [m for m in rows if m.key.startswith("review:") and (not status or m.status in status)]

    async def day(self, days: int, hours: int = 0) -> None:
        self.clock.move(timedelta(days=days, hours=hours))
        await remind(self.watch)


@pytest.fixture
async def review(bureau: Bureau) -> Review:
    office = Review(bureau.database, bureau.clock)
    await office.staffed()
    return office


async def test_who_may_sign_is_reminded_on_the_last_day_and_each_working_day_after(review: Review) -> None:
    await review.day(0)
    await review.day(1)
    assert await review.told() == []
    await review.day(1)  # Wednesday, the second working day after Monday
    await remind(review.watch)
    first = await review.told()
    assert [m.body.split("：")[0] for m in first] == ["陈立", "孙阳"]
    assert first[0].subject == "【审核到期】某局2023年年报第1版"
    assert "于6月3日转到初审，应在6月5日前签字，今天到期" in first[0].body
    assert "https://gk.example.gov.cn/desk/review" in first[0].body
    await review.day(1)
    assert (await review.told())[-1].subject.startswith("【审核逾期】")
    assert "已超过1天" in (await review.told())[-1].body
    assert len(await review.told()) == 4
    await review.day(2)  # Saturday
    assert len(await review.told()) == 4


async def test_no_reminder_outside_working_hours(review: Review) -> None:
    await review.day(2, 8)
    assert await review.told() == []
    await review.day(0, 16)
    assert len(await review.told()) == 2


async def test_signed_means_unsent_reminders_are_taken_back(review: Review) -> None:
    await review.day(2)
    assert len(await review.told(Status.WAITING)) == 2
    await review.sign("chen", Step.FIRST)
    await remind(review.watch)
    assert await review.told(Status.WAITING) == []
    assert len(await review.told(Status.CANCELLED)) == 2


async def test_operators_hear_of_a_step_that_nobody_can_be_told_of(review: Review) -> None:
    await review.sign("chen", Step.FIRST)
    await review.day(2)
    (message,) = await review.told()
    assert message.person_id == 4
    assert "提醒不到人" in message.subject
    assert "（周敏）没有登记通知渠道" in message.body
    async with review.database.write() as session:
        row = await session.get_one(ReviewItem, review.item.id)
        row.state = ItemState.RETURNED
    await review.day(1)
    assert len(await review.told()) == 1


async def test_an_account_is_one_persons(review: Review) -> None:
    async with review.database.write() as session:
        with pytest.raises(Refused, match="已经对应“陈立”"):
            await people.add(session, "另一个", "owner", HOOK, desk_account=review.people["chen"].id)
