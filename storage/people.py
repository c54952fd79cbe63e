"""The people that the watch speaks to: import, entry by hand, and the binding of their WeChat user."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.cases import ROLE_NAMES, Role
from storage.clock import Clock
from storage.errors import Conflict, NotFound, Refused
from storage.models.cases import BindAttempt, BindCode
from storage.models.watch import MAIN_ACCOUNT, WatchPerson
from storage.publishing.importing import Plan
from storage.sheets import Problem, Row, read_table

HEADER = ("姓名", "角色", "渠道", "账号")
"""渠道: `kind:address`, one a line or separated by semicolons, in the order to try. 账号: an official account."""
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
KINDS = ("wechat", "wecom", "email", "webhook", "apprise")
CODE_LIFE = timedelta(minutes=10)
TRIES = 5
TRIES_WITHIN = timedelta(hours=1)
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_ROLES = {name: role for role, name in ROLE_NAMES.items()} | {str(role): role for role in Role}


def read_people(name: str, content: bytes) -> tuple[list[dict[str, Any]], list[Problem]]:
    """The people in a file, with every problem located.

    Raises:
        Refused: not a table with the right header.
    """
    problems: list[Problem] = []
    people: list[dict[str, Any]] = []
    for row in read_table(name, content, HEADER[:2], HEADER):
        person, role = row.text("姓名"), _ROLES.get(row.text("角色"))
        if not person or len(person) > 100:
            problems.append(row.problem("姓名", "不能为空，也不能超过100个字"))
        elif any(p["name"] == person for p in people):
            problems.append(row.problem("姓名", f"“{person}”重复"))
        if role is None:
            problems.append(row.problem("角色", f"“{row.text('角色')}”应为{'、'.join(ROLE_NAMES.values())}之一"))
        account = row.text("账号")
        if account and not _ACCOUNT.fullmatch(account):
            problems.append(row.problem("账号", f"“{account[:20]}”不是账号名，应为小写字母、数字和连字符"))
        people.append(
            {"name": person, "role": role, "channels": _channels(row, problems)}
            | ({"account": account} if account else {})
        )
    return people, problems


def _channels(row: Row, problems: list[Problem]) -> list[dict[str, str]]:
    found = []
    for text in filter(None, (t.strip() for t in re.split(r"[;；\n]+", row.text("渠道")))):
        kind, _, address = text.partition(":")
        kind = kind.strip().lower()
        if kind not in KINDS or (not address.strip() and kind != "wechat"):
            problems.append(row.problem("渠道", f"“{text[:20]}”应写成 渠道:地址，渠道为{'、'.join(KINDS)}之一"))
        found.append({"kind": kind, "to": address.strip()})
    return found


async def import_people(session: AsyncSession, people: Iterable[dict[str, Any]]) -> Plan:
    """Add people or bring them up to date; nobody is removed."""
    plan = Plan()
    stored = {p.name: p for p in (await session.exec(select(WatchPerson))).all()}
    for values in people:
        row = stored.get(values["name"])
        if row is None:
            session.add(WatchPerson(**values))
            plan.new.append(values["name"])
        elif all(getattr(row, name) == value for name, value in values.items()):
            plan.same += 1
        else:
            row.role, row.channels = values["role"], values["channels"]
            _move(row, values.get("account", row.account))
            session.add(row)
            plan.changed.append(row.name)
    await session.flush()
    return plan


def fingerprint(person: WatchPerson) -> str:
    """What a form was filled in upon: another change in between makes another one."""
    kept = [person.name, person.role, person.channels, person.account, person.active, person.desk_account]
    seen = json.dumps(kept, ensure_ascii=False)
    return _digest(seen)[:16]


def read_channels(given: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """The channels of a form, in its order; places left empty are passed over.

    Args:
        given: (kind, address) by place.

    Raises:
        Refused: a kind without an address or the reverse, an address that cannot be one, a kind named twice.
    """
    found: list[dict[str, str]] = []
    for place, (kind, address) in enumerate(given, start=1):
        if not kind and not address:
            continue
        fault = _channel_fault(kind, address)
        if fault:
            raise Refused(f"第{place}个渠道：{fault}。")
        if any(c["kind"] == kind for c in found):
            raise Refused(f"第{place}个渠道和前面的重复，一种渠道只登记一次。")
        found.append({"kind": kind, "to": "" if kind == "wechat" else address})
    return found


def _channel_fault(kind: str, address: str) -> str:
    if kind not in KINDS:
        return "请选择渠道"
    if kind == "wechat":
        return ""
    if not address or len(address) > 500 or re.search(r"\s", address):
        return "请填写地址，中间不能有空格"
    if kind == "email" and not re.fullmatch(r"[^@]+@[^@]+\.[^@.]+", address):
        return "邮箱地址不对"
    if kind == "webhook" and not address.startswith(("http://", "https://")):
        return "地址要以 http:// 或 https:// 开头"
    return ""


def _move(person: WatchPerson, account: str) -> None:
    """Make somebody another account's staff; their WeChat user is another one there."""
    if person.account != account:
        person.account = account
        person.openid = person.bound_at = None


async def add(
    session: AsyncSession,
    name: str,
    role: str,
    channels: list[dict[str, str]],
    account: str = MAIN_ACCOUNT,
    desk_account: int | None = None,
) -> WatchPerson:
    """Add one person to the staff of an account.

    Raises:
        Refused: the name is empty, too long or taken, the role is none, or the desk account is somebody else's.
    """
    await _check(session, name, role, desk_account)
    person = WatchPerson(name=name, role=role, channels=channels, account=account, desk_account=desk_account)
    session.add(person)
    await session.flush()
    return person


async def change(
    session: AsyncSession,
    person: WatchPerson,
    seen: str,
    *,
    name: str,
    role: str,
    channels: list[dict[str, str]],
    account: str,
    active: bool,
    desk_account: int | None = None,
) -> None:
    """Change one person; switching one off also forgets their WeChat user and an open binding code.

    Args:
        session: a unit of work.
        person: of this session.
        seen: the `fingerprint` that the form was filled in upon.
        name: how they are called; obligations follow.
        role: what they are to the watch.
        channels: from `read_channels`.
        account: whose staff they are; another one than before forgets their WeChat user.
        active: whether the watch speaks to them.
        desk_account: who they are at the desk; reminders of review reach them by it.

    Raises:
        Conflict: somebody else changed the person since.
        Refused: the name is empty, too long or taken, the role is none, or the desk account is somebody else's.
    """
    if fingerprint(person) != seen:
        raise Conflict("这位人员的资料刚被别人改过，您的修改没有保存。")
    await _check(session, name, role, desk_account, but=person.id)
    person.name, person.role, person.channels, person.active = name, role, channels, active
    person.desk_account = desk_account
    _move(person, account)
    if not active:
        person.openid = person.bound_at = None
        await session.exec(delete(BindCode).where(col(BindCode.person_id) == person.id))
    session.add(person)
    await session.flush()


async def _check(session: AsyncSession, name: str, role: str, desk_account: int | None, but: int | None = None) -> None:
    if not name or len(name) > 100:
        raise Refused("请填写姓名，不超过100个字。")
    if role not in list(Role):
        raise Refused("请选择角色。")
    query = select(WatchPerson.id).where(col(WatchPerson.name) == name, col(WatchPerson.id).is_distinct_from(but))
    if (await session.exec(query)).first() is not None:
        raise Refused(f"已经登记过“{name}”。同名的请加上科室或单位区分。")
    if desk_account is not None:
        theirs = select(WatchPerson.name).where(
            col(WatchPerson.desk_account) == desk_account, col(WatchPerson.id).is_distinct_from(but)
        )
        other = (await session.exec(theirs)).first()
        if other is not None:
            raise Refused(f"这个工作台账号已经对应“{other}”。")


async def by_name(session: AsyncSession, name: str) -> WatchPerson:
    """The person of that name.

    Raises:
        NotFound: there is none.
    """
    found = (await session.exec(select(WatchPerson).where(col(WatchPerson.name) == name))).one_or_none()
    if found is None:
        raise NotFound(f"没有登记“{name}”。")
    return found


async def anybody(session: AsyncSession) -> bool:
    """Whether there is somebody whom the watch could tell anything."""
    return (await session.exec(select(WatchPerson.id).where(col(WatchPerson.active)).limit(1))).first() is not None


async def by_openid(session: AsyncSession, openid: str, account: str = MAIN_ACCOUNT) -> WatchPerson | None:
    """The person bound to a WeChat user of an account."""
    query = select(WatchPerson).where(
        col(WatchPerson.account) == account, col(WatchPerson.openid) == openid, col(WatchPerson.active)
    )
    return (await session.exec(query)).one_or_none()


async def bound(session: AsyncSession, account: str) -> frozenset[str]:
    """The WeChat users of an account's staff."""
    query = select(WatchPerson.openid).where(
        col(WatchPerson.openid).is_not(None), col(WatchPerson.active), col(WatchPerson.account) == account
    )
    return frozenset(openid for openid in (await session.exec(query)).all() if openid)


async def waiting_for(session: AsyncSession, code: str, clock: Clock) -> WatchPerson | None:
    """Whom a code would bind now; it is not used up by asking."""
    query = (
        select(WatchPerson)
        .join(BindCode, col(BindCode.person_id) == col(WatchPerson.id))
        .where(col(BindCode.digest) == _digest(code.strip().upper()), col(BindCode.used_at).is_(None))
        .where(col(BindCode.expires_at) > clock.now(), col(WatchPerson.active))
    )
    return (await session.exec(query)).one_or_none()


async def new_code(session: AsyncSession, person: WatchPerson, clock: Clock) -> str:
    """A one-time code for binding, good for ten minutes; an earlier one of the person no longer is."""
    await session.exec(delete(BindCode).where(col(BindCode.person_id) == person.id))
    code = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    assert person.id is not None
    session.add(BindCode(digest=_digest(code), person_id=person.id, expires_at=clock.now() + CODE_LIFE))
    await session.flush()
    return code


async def bind(
    session: AsyncSession, openid: str, user: str, code: str, clock: Clock, account: str = MAIN_ACCOUNT
) -> WatchPerson | None:
    """Bind a WeChat user of an account by a code of one of its staff.

    1. Five wrong codes within an hour, and no further one is looked at.
    2. The code is used up by an update that only one can make.
    3. The user is taken from whoever had it, and given to the person.

    Args:
        session: a unit of work, which must be committed also when `None` comes back: the attempt counts.
        openid: the WeChat user.
        user: the same as a keyed hash, for counting attempts.
        code: what was typed.
        clock: the time.
        account: where it was typed; a code of another account's staff is a wrong one.

    Returns:
        The person, or `None` where the code is wrong, used, expired, or not looked at: it is not said which.
    """
    since = clock.now() - TRIES_WITHIN
    await session.exec(delete(BindAttempt).where(col(BindAttempt.at) < since))
    tries = select(func.count()).select_from(BindAttempt).where(col(BindAttempt.user) == user)
    if (await session.exec(tries)).one() >= TRIES:
        return None
    digest = _digest(code.strip().upper())
    staff = select(WatchPerson.id).where(col(WatchPerson.account) == account, col(WatchPerson.active))
    used = await session.exec(
        update(BindCode)
        .where(col(BindCode.digest) == digest, col(BindCode.used_at).is_(None), col(BindCode.expires_at) > clock.now())
        .where(col(BindCode.person_id).in_(staff))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if used.rowcount != 1:
        session.add(BindAttempt(user=user, at=clock.now()))
        await session.flush()
        return None
    row = (await session.exec(select(BindCode).where(col(BindCode.digest) == digest))).one()
    await unbind(session, openid)
    person = await session.get_one(WatchPerson, row.person_id)
    person.openid, person.bound_at = openid, clock.now()
    session.add(person)
    await session.flush()
    return person


async def unbind(session: AsyncSession, openid: str) -> None:
    """Forget a WeChat user (解绑, and when it unfollows)."""
    await session.exec(update(WatchPerson).where(col(WatchPerson.openid) == openid).values(openid=None, bound_at=None))


async def tidy(session: AsyncSession, clock: Clock) -> None:
    """Forget wrong codes that no longer count, and codes that are no longer good."""
    await session.exec(delete(BindAttempt).where(col(BindAttempt.at) < clock.now() - TRIES_WITHIN))
    await session.exec(delete(BindCode).where(col(BindCode.expires_at) < clock.now()))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
