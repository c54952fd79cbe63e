"""An article that a bound person forwards to the account is entered into the publishing ledger (发布台账).

A link message holds title and address, never the column. Where the person's obligations leave one column it is entered
at once, else the article is kept until the person names the column (登记 栏目).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.cases import Role, of_account
from storage.clock import Clock
from storage.errors import Refused
from storage.models.cases import ForwardedArticle
from storage.models.watch import Obligation, Publication, WatchPerson
from storage.publishing import importing
from storage.publishing.importing import Item
from storage.publishing.types import Kind

KEPT = timedelta(days=1)
"""How long an article waits for its column: until the end of the next day."""
_SHOWN = 10


def acceptable(title: str, url: str) -> bool:
    """Whether a link message can be a publication at all: a web address that fits the ledger, with a title."""
    return bool(title.strip()) and importing.is_address(url) and len(url) <= 1000


async def forwarded(session: AsyncSession, person: WatchPerson, title: str, url: str, clock: Clock) -> str:
    """Enter an article, say where it is entered already, or ask for its column; what the person reads.

    1. An article of the same address keeps its row, and with it the day on which it was really published.
    2. The column is clear where a one-time obligation of the person has its title, or all are of one column.
    3. Else the article waits, one for each person.
    """
    assert person.id is not None
    item = Item("", title.strip()[:500], url, clock.today())
    known = select(Publication).where(Publication.item_key == importing.item_key(item)).order_by(col(Publication.id))
    found = (await session.exec(known)).first()
    if found is not None:
        return f"台账里已有这一条：“{found.title}”，栏目“{found.column}”，{found.published_on:%Y年%-m月%-d日}公开。"
    listed = await _obligations(session, person)
    plain = importing.plain_title(item.title)
    titled = {o.column for o in listed if o.kind != Kind.CYCLE and importing.plain_title(o.title) == plain}
    columns = sorted({o.column for o in listed})
    clear = list(titled) if len(titled) == 1 else columns
    if len(clear) == 1:
        return await _enter(session, person, item, clear[0], clock)
    if not columns:
        return "您名下没有公开事项，这条链接没有登记。如需登记，请联系运维或在工作台录入。"
    waits = ForwardedArticle(person_id=person.id, title=item.title, url=url, forwarded_on=clock.today())
    await session.merge(waits)
    return "\n".join([f"“{item.title}”公开在哪个栏目？请回复“登记 序号”或“登记 栏目名称”：", *_numbered(columns)])


async def placed(session: AsyncSession, person: WatchPerson, number: int | None, name: str, clock: Clock) -> str | None:
    """Enter the article that waits into the column named; `None` where none waits, so that the words were a question.

    Raises:
        Refused: the person has no such column.
    """
    waiting = await session.get(ForwardedArticle, person.id)
    if waiting is None or waiting.forwarded_on < clock.today() - KEPT:
        return None
    columns = sorted({o.column for o in await _obligations(session, person)})
    if number is not None and not name:
        column = columns[number - 1] if 1 <= number <= len(columns) else None
    else:
        column = name if name in columns else None
    if column is None:
        raise Refused("\n".join(["没有这个栏目。请回复“登记 序号”或“登记 栏目名称”：", *_numbered(columns)]))
    item = Item("", waiting.title, waiting.url, waiting.forwarded_on)
    await session.delete(waiting)
    return await _enter(session, person, item, column, clock)


def _numbered(columns: Sequence[str]) -> list[str]:
    lines = [f"{n}. {column}" for n, column in enumerate(columns[:_SHOWN], 1)]
    return [*lines, f"……其余{len(columns) - _SHOWN}个栏目请回复栏目名称。"] if len(columns) > _SHOWN else lines


async def _enter(session: AsyncSession, person: WatchPerson, item: Item, column: str, clock: Clock) -> str:
    placed_item = Item(column, item.title, item.url, item.published_on)
    await importing.record_items(session, [placed_item], origin="staff", actor=person.name, clock=clock)
    return f"已登记到栏目“{column}”：“{item.title}”，公开日期按转发当天{item.published_on:%Y年%-m月%-d日}记。"


async def _obligations(session: AsyncSession, person: WatchPerson) -> Sequence[Obligation]:
    query = select(Obligation).where(col(Obligation.enabled), of_account(person.account))
    if person.role not in (Role.HEAD, Role.OPERATOR):
        query = query.where((col(Obligation.owner_id) == person.id) | (col(Obligation.supervisor_id) == person.id))
    return (await session.exec(query)).all()
