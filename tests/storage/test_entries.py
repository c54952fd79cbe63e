"""Rules and answers that the desk writes: drafts, review, live and back, and two people at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from storage import staff
from storage.acting import By
from storage.clock import FixedClock
from storage.database import Database
from storage.entries import drafts, live
from storage.entries.content import AnswerText, check_answer, check_rule
from storage.entries.drafts import Content
from storage.entries.reviewing import KIND
from storage.errors import Conflict, Refused
from storage.facts import RuleText
from storage.models.entries import EntryKind
from storage.models.questions import RulingKind
from storage.questions.rulings import Phrase, reopen, rule
from storage.review import moves
from storage.review.steps import Chains, Step
from storage.snapshot import Snapshots
from storage.staff import Role
from tests.builders import add_live

RULE = RuleText("答复期限", "二十个工作日内答复。", "《条例》第三十三条", "2019-05-15", ("多久答复",))
ANSWER = AnswerText((Phrase("几点下班", "几点下班"), Phrase("下班时间", "下班时间")), "工作日17:30下班。")
ONE = Chains((Step.FINAL,))


class Office:
    """An author and a reviewer of one agency."""

    def __init__(self, database: Database, clock: FixedClock, agency: int, people: list[By]) -> None:
        self.database, self.clock, self.agency = database, clock, agency
        self.author, self.final = people
        self.snapshots = Snapshots(database)

    async def draft(self, key: str, content: Content) -> int:
        async with self.database.write() as session:
            return (await drafts.propose(session, self.agency, key, content, self.author)).id

    async def approve(self, version: int) -> tuple[int, int]:
        """The item and its revision."""
        async with self.database.write() as session:
            item = await moves.hand_in(session, KIND, version, ONE, self.author)
            item = await moves.sign(session, item.id or 0, Step.FINAL, revision=item.revision, by=self.final)
            return item.id or 0, item.revision

    async def publish(self, version: int, expected: int | None = None) -> None:
        item, revision = await self.approve(version)
        async with self.database.write() as session:
            await moves.go_live(session, item, revision=revision, expected=expected, by=self.final)

    async def answers(self) -> dict[str, str]:
        await self.snapshots.load()
        await self.snapshots.refresh()
        return dict((await self.snapshots.load()).reviewed_answers)

    async def rules(self) -> dict[str, RuleText | None]:
        await self.snapshots.load()
        await self.snapshots.refresh()
        return dict((await self.snapshots.load()).rules)


async def make_office(database: Database, clock: FixedClock) -> Office:
    agency = (await add_live(database, clock)).agency_id
    people = []
    for login in ("author", "final"):
        async with database.write() as session:
            person, _ = await staff.add_member(
                session, login=login, name=login, roles=[Role.EDITOR], by="test", now=clock.now(), origin=None
            )
            people.append(By(person, clock.now()))
    return Office(database, clock, agency, people)


@pytest.fixture
async def office(database: Database, clock: FixedClock) -> Office:
    return await make_office(database, clock)


async def test_a_rule_is_live_only_after_its_review_and_goes_back(office: Office) -> None:
    first = await office.draft("period", RULE)
    assert await office.rules() == {}
    await office.publish(first)
    assert await office.rules() == {"period": RULE}
    changed = replace(RULE, text="经批准可以延长二十个工作日。")
    second = await office.draft("period", changed)
    await office.publish(second, expected=1)
    assert await office.rules() == {"period": changed}
    async with office.database.write() as session:
        await moves.bring_back(session, KIND, first, expected=2, reason="新版有误", by=office.final)
    assert await office.rules() == {"period": RULE}
    async with office.database.write() as session:
        await moves.take_off(session, KIND, first, reason="条款已修改", by=office.final)
    assert await office.rules() == {"period": None}
    async with office.database.write() as session:
        entry = await drafts.ensure(session, office.agency, EntryKind.RULE, "period", office.final)
        await live.switch(session, entry, off=False, reason="按内置的答", by=office.final)
    assert await office.rules() == {}


async def test_an_answer_comes_and_goes_with_its_ways_of_asking(office: Office) -> None:
    first = await office.draft("a", ANSWER)
    assert await office.answers() == {}
    await office.publish(first)
    assert await office.answers() == {"几点下班": ANSWER.text, "下班时间": ANSWER.text}
    fewer = AnswerText((ANSWER.phrases[0],), "夏季18:00下班。")
    await office.publish(await office.draft("a", fewer), expected=1)
    assert await office.answers() == {"几点下班": fewer.text}
    async with office.database.write() as session:
        await moves.bring_back(session, KIND, first, expected=2, reason="说法有误", by=office.final)
    assert await office.answers() == {"几点下班": ANSWER.text, "下班时间": ANSWER.text}
    async with office.database.write() as session:
        await moves.take_off(session, KIND, first, reason="作息调整", by=office.final)
    assert await office.answers() == {}


async def test_what_was_reviewed_changes_by_review_alone(office: Office) -> None:
    await office.publish(await office.draft("a", ANSWER))
    phrase = [ANSWER.phrases[0]]
    with pytest.raises(Refused, match="经审核发布"):
        async with office.database.write() as session:
            await rule(session, office.agency, phrase, RulingKind.DISMISSED, actor="x", now=office.clock.now())
    with pytest.raises(Refused, match="经审核发布"):
        async with office.database.write() as session:
            await reopen(session, office.agency, phrase, actor="x")
    assert len(await office.answers()) == 2


async def test_two_answers_to_one_way_of_asking(office: Office) -> None:
    one, other = await office.draft("a", ANSWER), await office.draft("b", replace(ANSWER, text="五点半。"))
    waiting, revision = await office.approve(other)
    await office.publish(one)
    with pytest.raises(Conflict, match="另一条常见问题"):
        async with office.database.write() as session:
            await moves.go_live(session, waiting, revision=revision, expected=None, by=office.final)
    with pytest.raises(Refused, match="另一条常见问题"):
        await office.publish(await office.draft("c", ANSWER))
    assert set((await office.answers()).values()) == {ANSWER.text}


async def test_two_who_write_at_once_get_a_conflict(office: Office) -> None:
    results = await asyncio.gather(
        office.draft("period", RULE), office.draft("period", replace(RULE, text="别的")), return_exceptions=True
    )
    version = next(r for r in results if isinstance(r, int))
    assert [type(r) for r in results if not isinstance(r, int)] == [Conflict]

    async def change(text: str) -> None:
        async with office.database.write() as session:
            content = replace(RULE, text=text)
            await drafts.change(session, version, content, revision=1, by=office.author)

    results = await asyncio.gather(change("甲改的。"), change("乙改的。"), return_exceptions=True)
    assert sorted(str(r)[:12] for r in results) == ["None", "这份稿子刚被别人改过，请"]
    await office.approve(version)
    with pytest.raises(Conflict, match="已经提交"):
        await change("晚了。")


async def test_two_who_publish_at_once(office: Office) -> None:
    item, revision = await office.approve(await office.draft("period", RULE))

    async def publish() -> None:
        async with office.database.write() as session:
            await moves.go_live(session, item, revision=revision, expected=None, by=office.final)

    results = await asyncio.gather(publish(), publish(), return_exceptions=True)
    assert [type(r) for r in results if r is not None] == [Conflict]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": " "}, "请填写内容"),
        ({"source": ""}, "请填写依据"),
        ({"title": "长" * 61}, "标题最多60字，现在有61字"),
        ({"since": "去年"}, "日期"),
        ({"asks": ()}, "至少写一种问法"),
        ({"asks": ("问" * 61,)}, "每行最多60字"),
        ({"words": ("专区 +",)}, "加号两边"),
        ({"words": ("钱 + 几",)}, "太短"),
    ],
)
def test_what_a_rule_must_hold(change: dict[str, object], words: str) -> None:
    check_rule(RULE)
    with pytest.raises(Refused, match=words):
        check_rule(replace(RULE, **change))


def test_what_an_answer_must_hold() -> None:
    check_answer(ANSWER)
    for broken in (replace(ANSWER, phrases=()), replace(ANSWER, text=""), replace(ANSWER, text="长" * 2001)):
        with pytest.raises(Refused):
            check_answer(broken)
