"""Staff in WeChat: what bound people of the watch may type, and what they read back.

A citizen who types the same gets an ordinary answer: `StaffChat.answer` gives `None` for everybody who is not bound,
and for a wrong binding code too, so that nobody learns here that there are staff at all.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import cases, forwarding, outbox, people
from storage.cases import CaseLine, Role, Status
from storage.clock import Clock
from storage.database import Database
from storage.errors import Refused, StorageError
from storage.models.watch import MAIN_ACCOUNT, Publication, WatchPerson
from storage.outbox import Letter
from storage.publishing import importing
from storage.publishing.importing import Item
from storage.sheets import parse_day

_FRESH_SECONDS = 30.0
_SHOWN = 10
_LONGEST = 500


class Verb(StrEnum):
    """The commands, as they are typed."""

    BIND = "绑定"
    UNBIND = "解绑"
    LIST = "我的待办"
    ACKNOWLEDGE = "收到"
    PUBLISHED = "已发布"
    EXTEND = "延期"
    SNOOZE = "暂缓"
    PLACE = "登记"
    """Names the column of an article that was forwarded."""


_PATTERN = re.compile(rf"({'|'.join(Verb)})(?:[\s:：#]*(\d{{1,9}})(?=\s|$|[:：]))?[\s:：]*(.*)", re.DOTALL)
_IN_DAYS = re.compile(r"(\d{1,3})\s*天")
_MONTH_DAY = re.compile(r"(\d{1,2})\s*[月.-]\s*(\d{1,2})\s*日?")
HELP = (
    "可以回复：我的待办、收到 编号、已发布 编号 链接、延期 编号 日期 原因、暂缓 编号 日期 原因、解绑。"
    "公开了文章，把它转发到这里即可登记。"
)

GUIDE = """{name}，您好！您已绑定为督办人员，可以回复：
· 我的待办：看名下的督办事项和编号
· 收到 编号：告诉大家您在办
· 已发布 编号 链接：登记公开并办结
· 延期 编号 日期 原因
· 暂缓 编号 日期 原因
· 解绑：不再接收提醒
公开了文章，把它转发到这里即可登记。
也可以像群众一样提问，例如“收到多少件申请”“公众号发了多少条信息”“怎么申请公开政府信息”。"""
"""What a bound person reads who greets."""


@dataclass(frozen=True, slots=True)
class Command:
    """What was typed.

    Attributes:
        verb: the command.
        number: the case, `None` where none was named.
        rest: what follows.
    """

    verb: Verb
    number: int | None
    rest: str


def parse(text: str) -> Command | None:
    """The command in a text; `None` where it is none."""
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if text == "待办":
        return Command(Verb.LIST, None, "")
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    verb, number, rest = Verb(match[1]), match[2], match[3].strip()
    if verb in (Verb.UNBIND, Verb.LIST) and (number or rest):
        return None
    if verb is Verb.BIND:
        return Command(verb, None, (number or "") + rest)
    if verb is Verb.ACKNOWLEDGE and rest:
        return None  # 收到多少件申请: a question
    return Command(verb, int(number) if number else None, rest)


def day_and_reason(text: str, today: date) -> tuple[date, str]:
    """The day and the reason after 延期 and 暂缓: 2024-06-20, 6月20日 or 5天, then words.

    Raises:
        Refused: no day can be read, or there is no reason.
    """
    head, _, reason = text.partition(" ") if " " in text else text.partition("，")
    try:
        day = parse_day(head)
        if day is None and (match := _MONTH_DAY.fullmatch(head)):
            day = date(today.year, int(match[1]), int(match[2]))
            day = day if day >= today else day.replace(year=today.year + 1)
    except ValueError:
        day = None
    if day is None and (match := _IN_DAYS.fullmatch(head)):
        day = today + timedelta(int(match[1]))
    if day is None or not reason.strip():
        raise Refused("请写明日期和原因，例如：延期 12 6月20日 待会签。")
    return day, reason.strip()


class StaffChat:
    """Answers staff; keeps in memory who is bound, so that a citizen's message costs no query."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        account: str = MAIN_ACCOUNT,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """Take whose staff these are: people of another account are strangers here.

        Args:
            database: where they are.
            clock: the time.
            account: the official account's name.
            changed: called when somebody was bound or unbound here.
        """
        self._changed = changed
        self._database = database
        self._clock = clock
        self._account = account
        self._bound: frozenset[str] = frozenset()
        self._loaded: float | None = None

    def concerns(self, openid: str, text: str) -> bool:
        """Whether `answer` may have something to say: a bound person, a binding code, or who is bound is not known."""
        fresh = self._loaded is not None and time.monotonic() - self._loaded < _FRESH_SECONDS
        return not fresh or openid in self._bound or text.strip().startswith(Verb.BIND)

    async def answer(self, openid: str, user: str, text: str, *, greets: bool = False) -> str | None:
        """What a person reads who typed `text`; `None` for an ordinary answer.

        Args:
            openid: who typed it.
            user: the same as a keyed hash, for counting wrong codes.
            text: what was typed.
            greets: it is no more than a greeting or a wish for help.
        """
        await self._refresh()
        command = parse(text)
        if command is not None and command.verb is Verb.BIND:
            return await self._bind(openid, user, command.rest)
        if openid not in self._bound:
            return None
        person, held = await self._met(openid)
        if person is None:
            return None
        said = GUIDE.format(name=person.name) if greets else None
        if command is not None:
            said = await self._do(openid, person, command)
        return _joined(said, held)

    async def forwarded(self, openid: str, title: str, url: str) -> str | None:
        """What a person reads who forwarded an article; `None` for an ordinary answer."""
        await self._refresh()
        if openid not in self._bound or not forwarding.acceptable(title, url):
            return None
        person, held = await self._met(openid)
        if person is None:
            return None
        async with self._database.write() as session:
            said = await forwarding.forwarded(session, person, title, url, self._clock)
        return _joined(said, held)

    async def _met(self, openid: str) -> tuple[WatchPerson | None, list[str]]:
        """The bound person who has just written, and what could not be sent before."""
        async with self._database.write() as session:
            person = await people.by_openid(session, openid, self._account)
            if person is None:
                return None, []
            held = await outbox.take_held(session, person, self._clock, 3)
        return person, [f"{m.subject}\n{m.body}" for m in held]

    async def undelivered(self, receipt: str, reason: str) -> bool:
        """WeChat says that a reminder did not arrive; whether it was one of ours (`storage.outbox.undelivered`)."""
        async with self._database.write() as session:
            channel, said = outbox.wechat_of(self._account), f"微信没有送达（{reason}）"
            return await outbox.undelivered(session, channel, receipt, said, self._clock)

    async def forget(self, openid: str) -> None:
        """The person unfollowed: nothing can be sent there any more."""
        await self._refresh()
        if openid in self._bound:
            async with self._database.write() as session:
                await people.unbind(session, openid)
            self._bound -= {openid}
            self._changed()

    async def _refresh(self) -> None:
        if self._loaded is None or time.monotonic() - self._loaded >= _FRESH_SECONDS:
            async with self._database.read() as session:
                self._bound = await people.bound(session, self._account)
            self._loaded = time.monotonic()

    async def bind(self, openid: str, user: str, code: str) -> WatchPerson | None:
        """Bind a WeChat user by a code, typed here or brought by the page (`storage.people.bind`)."""
        if not re.fullmatch(r"[0-9A-Za-z]{8}", code):
            return None
        async with self._database.write() as session:
            person = await people.bind(session, openid, user, code, self._clock, self._account)
        if person is not None:
            self._bound |= {openid}
            self._changed()
        return person

    async def _bind(self, openid: str, user: str, code: str) -> str | None:
        person = await self.bind(openid, user, code)
        return None if person is None else f"已绑定：{person.name}。提醒会发到这里。{HELP}"

    async def _do(self, openid: str, person: WatchPerson, command: Command) -> str | None:
        try:
            if command.verb is Verb.UNBIND:
                await self.forget(openid)
                return "已解绑，提醒不再发到这里。"
            async with self._database.write() as session:
                if command.verb is Verb.LIST:
                    return await self._list(session, person)
                if command.verb is Verb.PLACE:
                    return await forwarding.placed(session, person, command.number, command.rest, self._clock)
                line = await self._case(session, person, command.number)
                return await self._step(session, person, line, command)
        except StorageError as error:
            return str(error)

    async def _list(self, session: AsyncSession, person: WatchPerson) -> str:
        mine = await cases.listed(session, people=_whose(person), account=self._account)
        if not mine:
            return "您没有待办事项。"
        lines = [f"您有{len(mine)}件待办："] + [_line(c, self._clock.today()) for c in mine[:_SHOWN]]
        if len(mine) > _SHOWN:
            lines.append(f"……其余{len(mine) - _SHOWN}件请在工作台查看。")
        return "\n".join([*lines, HELP])

    async def _case(self, session: AsyncSession, person: WatchPerson, number: int | None) -> CaseLine:
        mine = await cases.listed(session, people=_whose(person), account=self._account)
        if number is None:
            if len(mine) == 1:
                return mine[0]
            raise Refused("请写明编号，例如：收到 12。回复“我的待办”可查编号。" if mine else "您没有待办事项。")
        found = next((c for c in mine if c.case.id == number), None)
        if found is None:
            raise Refused(f"您的待办里没有编号{number}。回复“我的待办”可查编号。")
        return found

    async def _step(self, session: AsyncSession, person: WatchPerson, line: CaseLine, command: Command) -> str:
        clock, case_id, title = self._clock, line.case.id or 0, line.obligation.title
        if command.verb is Verb.ACKNOWLEDGE:
            await cases.acknowledge(session, case_id, actor=person.name, clock=clock)
            return f"已记下：“{title}”由{person.name}办理。"
        if command.verb is Verb.PUBLISHED:
            await published(session, line, command.rest, person=person, clock=clock)
            return f"已登记公开并办结：“{title}”。"
        until, reason = day_and_reason(command.rest, clock.today())
        if command.verb is Verb.SNOOZE:
            await cases.snooze(session, case_id, until, reason, actor=person.name, clock=clock)
            return f"“{title}”暂缓提醒至{until:%-m月%-d日}；期限不变。"
        return await extend_or_ask(session, line, until, reason, person=person, clock=clock)


async def published(session: AsyncSession, line: CaseLine, url: str, *, person: WatchPerson, clock: Clock) -> None:
    """Somebody says that it is published (已发布): into the ledger with its link, and the case is closed.

    A link that the ledger holds already keeps the day on which it was published, and so does the lateness.

    Raises:
        Refused: there is no http(s) link.
        Conflict: the case is closed already.
    """
    url = url.strip()
    if not importing.is_address(url) or len(url) > 1000:
        raise Refused("请附上公开的链接，例如：已发布 12 https://…")
    duty = line.obligation
    item = Item(duty.column, duty.title, url, clock.today(), None, (duty.code,))
    query = select(Publication).where(
        Publication.column == duty.column, Publication.item_key == importing.item_key(item)
    )
    known = (await session.exec(query)).first()
    if known is not None:
        item = replace(item, title=known.title, published_on=known.published_on)
    await cases.resolve(session, line.case.id or 0, url, actor=person.name, clock=clock, published_on=item.published_on)
    await importing.record_items(session, [item], origin="staff", actor=person.name, clock=clock)


async def extend_or_ask(
    session: AsyncSession, line: CaseLine, until: date, reason: str, *, person: WatchPerson, clock: Clock
) -> str:
    """Extend where the person may; an owner's wish goes to the supervisor instead.

    Raises:
        Refused: nobody could approve it, or the day is not acceptable.
    """
    title = line.obligation.title
    if person.role == Role.HEAD or person.id == line.obligation.supervisor_id:
        await cases.extend(session, line.case.id or 0, until, reason, actor=person.name, clock=clock, person=person)
        return f"“{title}”已延期至{until:%-m月%-d日}（法定期限不变）。"
    if line.obligation.supervisor_id is None:
        raise Refused("这件事项没有登记监督人，延期请联系负责人。")
    supervisor = await session.get_one(WatchPerson, line.obligation.supervisor_id)
    body = (
        f"{person.name}申请把“{title}”（编号{line.case.id}）延期至{until:%Y年%-m月%-d日}，原因：{reason}\n"
        f"同意请在公众号回复：延期 {line.case.id} {until} {reason}"
    )
    key = f"extend:{line.case.id}:v{line.case.version}:{until}"
    await outbox.put(session, supervisor, Letter(key, f"【延期申请】{title}", body, line.case.id), clock)
    return f"已把延期申请转给{supervisor.name}，批准前期限不变。"


def _whose(person: WatchPerson) -> list[int] | None:
    return None if person.role in (Role.HEAD, Role.OPERATOR) or person.id is None else [person.id]


def _line(line: CaseLine, today: date) -> str:
    late = (today - line.case.due_on).days
    when = f"已逾期{late}天" if late > 0 else f"还有{-late}天" if late else "今天到期"
    note = f"，{cases.STATUS_NAMES[Status(line.case.status)]}" if line.case.status != Status.OPEN else ""
    return f"{line.case.id}. {line.obligation.title}（{when}{note}）"


def _joined(said: str | None, held: list[str]) -> str | None:
    if not held:
        return said
    return "\n\n".join([*([said] if said else []), "之前没能发给您的提醒：", *held])
