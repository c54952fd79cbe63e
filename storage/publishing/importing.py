"""Import of obligations and publications: read -> problems located by row and column -> plan -> apply, or nothing.

Importing the same file twice changes nothing. A file with a problem is not applied in part.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.clock import Clock
from storage.errors import Refused
from storage.models.watch import Obligation, Publication, PublicationLink, WatchPerson
from storage.publishing.types import Kind, Period
from storage.sheets import Problem, Row, read_day, read_table

OBLIGATION_HEADER = ("编号", "名称", "栏目", "类型", "期限", "起算日", "依据")
OBLIGATION_EXTRA = ("责任人", "监督人", "提前天数", "严重天数", "重要", "标题含", "启用", "说明")
PUBLICATION_HEADER = ("栏目", "标题", "链接", "形成日期", "发布日期", "义务编号")
_YES = {"是": True, "1": True, "true": True, "y": True, "否": False, "0": False, "false": False, "n": False}
_CHUNK = 500


@dataclass
class Plan:
    """What an import would do.

    Attributes:
        new: rows that are not there yet.
        changed: rows that are there and differ.
        same: how many are there and do not differ.
        problems: why it cannot be done; with any, nothing is applied.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: int = 0
    problems: list[Problem] = field(default_factory=list)


def _limit(row: Row, column: str, length: int, problems: list[Problem], *, required: bool = True) -> str:
    text = row.text(column)
    if required and not text:
        problems.append(row.problem(column, "不能为空"))
    if len(text) > length:
        problems.append(row.problem(column, f"超过{length}个字"))
    return text[:length]


def _flag(row: Row, column: str, default: bool, problems: list[Problem]) -> bool:
    text = row.text(column).lower()
    if not text:
        return default
    if text not in _YES:
        problems.append(row.problem(column, f"“{text}”应为“是”或“否”"))
    return _YES.get(text, default)


def _days(row: Row, column: str, problems: list[Problem]) -> int | None:
    text = row.text(column)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) <= 366):
        problems.append(row.problem(column, f"“{text}”应为0至366的天数"))
        return None
    return int(text)


def read_obligations(name: str, content: bytes) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The obligations in a file as values of the table, people still by name.

    Raises:
        Refused: not a table with the right header.
    """
    return obligations_of(read_table(name, content, OBLIGATION_HEADER[:5], (*OBLIGATION_HEADER, *OBLIGATION_EXTRA)))


def obligations_of(rows: Iterable[Row]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The obligations in rows as values of the table, people still by name."""
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    values = []
    for row in rows:
        values.append(_obligation(row, problems))
        code = values[-1]["code"]
        if code and code in seen:
            problems.append(row.problem("编号", f"“{code}”与第{seen[code]}行重复"))
        seen.setdefault(code, row.number)
    return values, problems


def _obligation(row: Row, problems: list[Problem]) -> dict[str, Any]:
    kind, period = row.text("类型"), row.text("期限")
    if kind not in set(Kind):
        problems.append(row.problem("类型", f"“{kind}”应为{'、'.join(Kind)}之一"))
    else:
        try:
            Period.parse(period, Kind(kind))
        except ValueError as error:
            problems.append(row.problem("期限", str(error)))
    return {
        "row": row,
        "code": _limit(row, "编号", 60, problems),
        "title": _limit(row, "名称", 300, problems),
        "column": _limit(row, "栏目", 100, problems),
        "kind": kind,
        "period": period,
        "starts_on": read_day(row, "起算日", problems, required=kind == Kind.WITHIN),
        "basis": _limit(row, "依据", 300, problems, required=False),
        "owner": row.text("责任人"),
        "supervisor": row.text("监督人"),
        "lead_days": _days(row, "提前天数", problems),
        "serious_days": _days(row, "严重天数", problems),
        "severe": _flag(row, "重要", False, problems),
        "title_match": _limit(row, "标题含", 100, problems, required=False) or None,
        "enabled": _flag(row, "启用", True, problems),
        "note": row.text("说明"),
    }


async def import_obligations(
    session: AsyncSession, values: list[dict[str, Any]], problems: list[Problem], clock: Clock
) -> Plan:
    """Apply what `read_obligations` read, within the caller's unit of work; nothing where there is a problem.

    A row whose 起算日 is blank keeps the stored day, or starts on the day of its first import.
    """
    plan = Plan(problems=list(problems))
    people = dict((await session.exec(select(WatchPerson.name, WatchPerson.id))).all())
    for value in values:
        for role, title in (("owner", "责任人"), ("supervisor", "监督人")):
            name = value[role]
            if name and name not in people:
                plan.problems.append(
                    value["row"].problem(title, f"没有登记“{name}”，请先用 gongkai watchers import 登记")
                )
    if plan.problems:
        return plan
    stored = {o.code: o for o in (await session.exec(select(Obligation))).all()}
    for value in values:
        fields = {k: v for k, v in value.items() if k not in ("row", "owner", "supervisor")}
        fields |= {"owner_id": people.get(value["owner"]), "supervisor_id": people.get(value["supervisor"])}
        _put(session, plan, stored.get(value["code"]), fields, clock)
    await session.flush()
    await _adopt(session, [v for v in values if v["code"] in set(plan.new) and v["kind"] != Kind.CYCLE])
    return plan


async def _adopt(session: AsyncSession, values: Sequence[dict[str, Any]]) -> None:
    """Link what was published under exactly its title before the obligation was entered."""
    for value in values:
        same = select(Publication.id).where(Publication.column == value["column"], Publication.title == value["title"])
        linked = select(PublicationLink.publication_id).where(PublicationLink.obligation_code == value["code"])
        keys = (await session.exec(same.where(col(Publication.id).not_in(linked)))).all()
        session.add_all(PublicationLink(publication_id=k, obligation_code=value["code"]) for k in keys if k is not None)
    await session.flush()


def _put(session: AsyncSession, plan: Plan, row: Obligation | None, fields: dict[str, Any], clock: Clock) -> None:
    if row is None:
        fields["starts_on"] = fields["starts_on"] or clock.today()
        session.add(Obligation(**fields, created_at=clock.now(), updated_at=clock.now()))
        plan.new.append(fields["code"])
        return
    fields["starts_on"] = fields["starts_on"] or row.starts_on
    changes = {k: v for k, v in fields.items() if getattr(row, k) != v}
    if not changes:
        plan.same += 1
        return
    for key, value in changes.items():
        setattr(row, key, value)
    row.updated_at = clock.now()
    session.add(row)
    plan.changed.append(row.code)


@dataclass(frozen=True, slots=True)
class Item:
    """A published item on its way into the ledger.

    Attributes:
        column: where it was published (栏目).
        title: its title.
        url: its address, `None` where there is none.
        published_on: the day it was published.
        formed_on: the day it was formed, `None` where not known.
        obligations: codes of the obligations it fulfils.
    """

    column: str
    title: str
    url: str | None
    published_on: date
    formed_on: date | None = None
    obligations: tuple[str, ...] = ()


def plain_title(title: str) -> str:
    """A title without what differs between two writings of it: width, spaces, quotes and brackets around it."""
    return re.sub(r"[\s\"'“”‘’《》〈〉【】]+", "", unicodedata.normalize("NFKC", title)).lower()


def is_address(text: str) -> bool:
    """Whether a text is an http(s) address, whatever people and pages write that only looks like one."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def plain_url(url: str) -> str:
    """An address without what differs between two writings of it: scheme, host's case, default port, fragment."""
    if not is_address(url.strip()):
        return url.strip()
    parts = urlsplit(url.strip())
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port not in (None, 80, 443) else "")
    return urlunsplit(("", host, parts.path or "/", parts.query, ""))


def item_key(item: Item) -> str:
    """What makes an item the same when it is met again: its address, or title and day where it has none."""
    same = plain_url(item.url) if item.url else f"{plain_title(item.title)}|{item.published_on}"
    return hashlib.sha256(same.encode("utf-8", "replace")).hexdigest()


def read_publications(name: str, content: bytes) -> tuple[list[Item], list[Problem]]:
    """The published items in a file; a row listed twice is one item with the obligations of both.

    Raises:
        Refused: not a table with the right header.
    """
    problems: list[Problem] = []
    items: dict[tuple[str, str], Item] = {}
    for row in read_table(name, content, ("栏目", "标题", "发布日期"), PUBLICATION_HEADER):
        item = _item(row, problems)
        if item is None:
            continue
        key = (item.column, item_key(item))
        if key in items:
            before = items[key]
            if before.published_on != item.published_on:
                problems.append(row.problem("发布日期", f"与同一条信息前面的发布日期{before.published_on}不一致"))
            codes = tuple(dict.fromkeys((*before.obligations, *item.obligations)))
            item = Item(item.column, item.title, item.url, item.published_on, item.formed_on, codes)
        items[key] = item
    return list(items.values()), problems


def _item(row: Row, problems: list[Problem]) -> Item | None:
    before = len(problems)
    url = row.text("链接")
    if url and urlsplit(url).scheme not in ("http", "https"):
        problems.append(row.problem("链接", f"“{url[:60]}”不是http或https地址"))
    column, title = _limit(row, "栏目", 100, problems), _limit(row, "标题", 500, problems)
    formed = read_day(row, "形成日期", problems, required=False)
    published = read_day(row, "发布日期", problems)
    codes = tuple(dict.fromkeys(filter(None, re.split(r"[\s,，、;；]+", row.text("义务编号")))))
    if any(len(code) > 60 for code in codes):
        problems.append(row.problem("义务编号", "超过60个字"))
    if published is None or len(problems) > before:
        return None
    return Item(column, title, url or None, published, formed, codes)


async def record_items(session: AsyncSession, items: Sequence[Item], *, origin: str, actor: str, clock: Clock) -> Plan:
    """Put items into the ledger within the caller's unit of work; every source of publications ends here.

    1. An item is the same as a stored one of its column when their addresses agree, or, where either has none, title
       and day. A known item keeps its row; its title, days and address are brought up to date.
    2. An item that names no obligation fulfils the one-time obligations of its column that have exactly its title.

    Args:
        session: a session of `Database.write()`.
        items: the items; each column and key at most once.
        origin: where they come from: file, site, account, staff, desk.
        actor: who recorded them.
        clock: the time.
    """
    plan = Plan()
    named = await _by_title(session)
    for start in range(0, len(items), _CHUNK):
        chunk = items[start : start + _CHUNK]
        stored = await _stored(session, chunk)
        rows: list[tuple[Publication, Item]] = []
        for item in chunk:
            row = stored.get((item.column, item_key(item))) or stored.get((item.column, _twin(item)))
            rows.append((_merge(session, plan, row, item, origin, actor, clock), item))
        await session.flush()
        await _link(session, plan, rows, named)
    await session.flush()
    return plan


def _twin(item: Item) -> str:
    return f"{plain_title(item.title)}|{item.published_on}"


async def _stored(session: AsyncSession, items: Sequence[Item]) -> dict[tuple[str, str], Publication]:
    """Stored rows by key, and by title and day: those without address always, the others for items without one."""
    found: dict[tuple[str, str], Publication] = {}
    columns = {i.column for i in items}
    keys = select(Publication).where(
        col(Publication.column).in_(columns), col(Publication.item_key).in_([item_key(i) for i in items])
    )
    for row in (await session.exec(keys)).all():
        found[row.column, row.item_key] = row
    twins = {(i.column, _twin(i)): i.url for i in items}
    days = select(Publication).where(
        col(Publication.column).in_(columns), col(Publication.published_on).in_({i.published_on for i in items})
    )
    for row in (await session.exec(days)).all():
        twin = (row.column, f"{plain_title(row.title)}|{row.published_on}")
        if twin in twins and (row.url is None or twins[twin] is None):
            found.setdefault(twin, row)
    return found


def _merge(
    session: AsyncSession, plan: Plan, row: Publication | None, item: Item, origin: str, actor: str, clock: Clock
) -> Publication:
    if row is None:
        row = Publication(
            column=item.column,
            title=item.title,
            url=item.url,
            item_key=item_key(item),
            formed_on=item.formed_on,
            published_on=item.published_on,
            origin=origin,
            recorded_by=actor,
            recorded_at=clock.now(),
        )
        session.add(row)
        plan.new.append(item.title)
        return row
    wanted = {
        "title": item.title,
        "url": item.url or row.url,
        "item_key": item_key(item) if item.url else row.item_key,
        "formed_on": item.formed_on or row.formed_on,
        "published_on": item.published_on,
    }
    changes = {k: v for k, v in wanted.items() if getattr(row, k) != v}
    for key, value in changes.items():
        setattr(row, key, value)
    if changes:
        session.add(row)
        plan.changed.append(item.title)
    else:
        plan.same += 1
    return row


async def _by_title(session: AsyncSession) -> dict[tuple[str, str], str]:
    rows = await session.exec(
        select(Obligation.column, Obligation.title, Obligation.code).where(col(Obligation.kind) != Kind.CYCLE)
    )
    return {(column, plain_title(title)): code for column, title, code in rows.all()}


async def _link(
    session: AsyncSession,
    plan: Plan,
    rows: list[tuple[Publication, Item]],
    named: dict[tuple[str, str], str],
) -> None:
    ids = [row.id for row, _ in rows]
    query = select(PublicationLink).where(col(PublicationLink.publication_id).in_(ids))
    present = {(link.publication_id, link.obligation_code) for link in (await session.exec(query)).all()}
    for row, item in rows:
        assert row.id is not None
        guess = named.get((item.column, plain_title(item.title)))
        for code in item.obligations or ((guess,) if guess else ()):
            if (row.id, code) not in present:
                present.add((row.id, code))
                session.add(PublicationLink(publication_id=row.id, obligation_code=code))


def refuse_problems(plan: Plan) -> None:
    """Raise when the plan has a problem, naming the first ones.

    Raises:
        Refused: with up to twenty problems, one a line.
    """
    if plan.problems:
        shown = "\n".join(f"  {p}" for p in plan.problems[:20])
        more = f"\n  ……共{len(plan.problems)}处" if len(plan.problems) > 20 else ""
        raise Refused(f"文件有{len(plan.problems)}处问题，未做任何改动：\n{shown}{more}")
