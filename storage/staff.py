"""Staff: members and their roles, the one-time links that let them in, lockout, sessions.

Password hashes are made and checked by the caller, off the event loop; nothing here sees a password. Every function
takes a session and does its part of the caller's unit of work.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.errors import Conflict, NotFound, Refused
from storage.models.staff import StaffLink, StaffMember, StaffSession

LINK_LIFE = timedelta(hours=72)
SESSION_IDLE = timedelta(hours=8)
SESSION_LIFE = timedelta(days=14)
CODE_LIFE = timedelta(minutes=5)
FREE_FAILURES = 5
"""Wrong passwords in a row before the account rests."""
TOO_MANY = "输错次数太多"
FIRST_REST, LONGEST_REST = timedelta(seconds=30), timedelta(hours=1)
_LONGEST_NAME = 60
_SEEN_EVERY = timedelta(minutes=1)


class Role(StrEnum):
    """What a person is trusted with; one person may have several."""

    ADMIN = "admin"
    EDITOR = "editor"
    FIRST_REVIEWER = "first_reviewer"
    SECOND_REVIEWER = "second_reviewer"
    FINAL_REVIEWER = "final_reviewer"
    COLUMN_OWNER = "column_owner"
    SUPERVISOR = "supervisor"
    READER = "reader"


ROLE_NAMES: dict[Role, str] = {
    Role.ADMIN: "管理员",
    Role.EDITOR: "编辑",
    Role.FIRST_REVIEWER: "初审",
    Role.SECOND_REVIEWER: "复审",
    Role.FINAL_REVIEWER: "终审",
    Role.COLUMN_OWNER: "栏目责任人",
    Role.SUPERVISOR: "分管领导",
    Role.READER: "只读",
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A fresh session: the token for the cookie, once, and the row."""

    token: str
    session: StaffSession


def actor(member: StaffMember) -> str:
    """The person as the audit log and versions name them."""
    return f"staff:{member.id} {member.name}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# --- members -----------------------------------------------------------------------------------------------------


async def members(session: AsyncSession) -> list[StaffMember]:
    """Everybody, those switched off last."""
    query = select(StaffMember).order_by(col(StaffMember.active).desc(), col(StaffMember.id))
    return list((await session.exec(query)).all())


async def member(session: AsyncSession, staff_id: int, *, lock: bool = False) -> StaffMember:
    """One person.

    Raises:
        NotFound: there is no such person.
    """
    query = select(StaffMember).where(StaffMember.id == staff_id)
    found = (await session.exec(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise NotFound("没有这个人员。")
    return found


async def add_member(
    session: AsyncSession, *, login: str, name: str, roles: list[Role], by: str, now: datetime, origin: str | None
) -> tuple[StaffMember, str]:
    """Add a person; the token of their one-time link comes with them.

    Raises:
        Refused: the login name is taken or empty, or no role was given.
    """
    login, name = login.strip().lower(), name.strip()
    _check_names(login, name)
    if not roles:
        raise Refused("请至少勾选一个角色。")
    if (await session.exec(select(StaffMember).where(StaffMember.login == login))).first() is not None:
        raise Refused(f"登录名“{login}”已经有人用了。")
    added = StaffMember(login=login, name=name, roles=[r.value for r in roles], created_at=now)
    session.add(added)
    await session.flush()
    token = await make_link(session, added.id, now=now)
    await audit.record(
        session, actor=by, action="staff.add", subject=_subject(added), after=_state(added), origin=origin, at=now
    )
    return added, token


def _check_names(login: str, name: str) -> None:
    """Refuse what is empty or longer than the database keeps."""
    if not login or not name:
        raise Refused("请填写登录名和姓名。")
    if max(len(login), len(name)) > _LONGEST_NAME:
        raise Refused(f"登录名和姓名都不能超过{_LONGEST_NAME}个字。")


async def change_member(
    session: AsyncSession,
    staff_id: int,
    *,
    revision: int,
    name: str,
    roles: list[Role],
    active: bool,
    by: str,
    now: datetime,
    origin: str | None,
) -> StaffMember:
    """Change a person's name, roles or whether they may come in; switching off ends their sessions.

    Raises:
        Conflict: somebody changed the person since the form was opened.
        Refused: it would leave nobody who can administer, or no role or name was given.
    """
    found = await member(session, staff_id, lock=True)
    if found.revision != revision:
        raise Conflict("这个人员的资料刚被别人改过，请核对后再保存。")
    _check_names(found.login, name.strip())
    if not roles:
        raise Refused("请至少勾选一个角色。")
    before = _state(found)
    found.name, found.roles, found.active = name.strip(), [r.value for r in roles], active
    found.revision += 1
    session.add(found)
    await session.flush()
    await _keep_an_admin(session)
    if not active:
        await end_sessions(session, staff_id)
        await session.exec(delete(StaffLink).where(col(StaffLink.staff_id) == staff_id))
    await audit.record(
        session,
        actor=by,
        action="staff.change",
        subject=_subject(found),
        before=before,
        after=_state(found),
        origin=origin,
        at=now,
    )
    return found


async def _keep_an_admin(session: AsyncSession) -> None:
    able = [m for m in await members(session) if m.active and m.password and Role.ADMIN in m.roles]
    if not able:
        raise Refused("至少要留一名能登录的管理员。")


def _subject(person: StaffMember) -> str:
    return f"staff {person.id}"


def _state(person: StaffMember) -> dict[str, Any]:
    return {"login": person.login, "name": person.name, "roles": person.roles, "active": person.active}


# --- one-time links ----------------------------------------------------------------------------------------------


async def first_link(session: AsyncSession, now: datetime) -> str | None:
    """The token of a link that makes the first admin; `None` once somebody has a password.

    Older links of this kind stop working, so that only the one printed last is good.
    """
    if (await session.exec(select(StaffMember.id).where(col(StaffMember.password).is_not(None)).limit(1))).first():
        return None
    return await make_link(session, None, now=now)


async def make_link(session: AsyncSession, staff_id: int | None, *, now: datetime) -> str:
    """A one-time link for a person (`None`: the first admin); their older links stop working."""
    same = col(StaffLink.staff_id).is_(None) if staff_id is None else col(StaffLink.staff_id) == staff_id
    await session.exec(delete(StaffLink).where(same, col(StaffLink.used_at).is_(None)))
    token = secrets.token_urlsafe(32)
    session.add(StaffLink(id=_digest(token), staff_id=staff_id, created_at=now, expires_at=now + LINK_LIFE))
    await session.flush()
    return token


async def hand_link(session: AsyncSession, person: StaffMember, *, by: str, now: datetime, origin: str | None) -> str:
    """A new link for a person who lost their password or phone, or never used the first; using it ends one-time codes.

    Raises:
        Refused: the person is switched off.
    """
    if not person.active:
        raise Refused("这个人员已停用，请先启用。")
    token = await make_link(session, person.id, now=now)
    await session.exec(
        update(StaffMember).where(col(StaffMember.id) == person.id).values(failures=0, locked_until=None)
    )
    await audit.record(session, actor=by, action="staff.link", subject=_subject(person), origin=origin, at=now)
    return token


async def find_link(session: AsyncSession, token: str, now: datetime) -> StaffLink:
    """The link, if it may still be used.

    Raises:
        NotFound: it was used, has expired or never was.
    """
    found = (
        await session.exec(select(StaffLink).where(StaffLink.id == _digest(token)).with_for_update())
    ).one_or_none()
    if found is None or found.used_at is not None or found.expires_at <= now:
        raise NotFound("这个链接已经用过或过期了，请向管理员要一个新的。")
    return found


async def use_link(
    session: AsyncSession,
    token: str,
    *,
    password: str,
    now: datetime,
    origin: str | None,
    login: str = "",
    name: str = "",
) -> StaffMember:
    """Set the password hash of the link's person, or make the first admin; the link is then used up.

    One-time codes are switched off only here: until then the old password alone lets nobody in.

    Raises:
        NotFound: the link is not good any more.
        Refused: login name or name of the first admin are missing.
    """
    link = await find_link(session, token, now)
    if link.staff_id is None:
        person = await _first_admin(session, login, name, now)
    else:
        person = await member(session, link.staff_id, lock=True)
    person.password, person.totp_secret, person.failures, person.locked_until = password, None, 0, None
    link.used_at = now
    session.add_all((person, link))
    await session.flush()
    assert person.id is not None
    await end_sessions(session, person.id)
    await audit.record(
        session, actor=actor(person), action="staff.password", subject=_subject(person), origin=origin, at=now
    )
    return person


async def _first_admin(session: AsyncSession, login: str, name: str, now: datetime) -> StaffMember:
    _check_names(login.strip(), name.strip())
    if (await session.exec(select(StaffMember.id).where(col(StaffMember.password).is_not(None)).limit(1))).first():
        raise NotFound("已经有管理员了，请向管理员要一个邀请链接。")
    admin = StaffMember(
        login=login.strip().lower(), name=name.strip(), roles=[Role.ADMIN.value, Role.EDITOR.value], created_at=now
    )
    session.add(admin)
    await session.flush()
    return admin


# --- signing in --------------------------------------------------------------------------------------------------


async def begin_attempt(session: AsyncSession, login: str, now: datetime) -> StaffMember | None:
    """Count an attempt to sign in before the password is looked at, so that many at once gain nothing.

    Returns:
        The person whose password is now to be checked, `None` where there is none who may sign in.

    Raises:
        Refused: the account rests after too many failures; the message says for how long.
    """
    query = select(StaffMember).where(StaffMember.login == login.strip().lower()).with_for_update()
    found = (await session.exec(query)).one_or_none()
    if found is None or not found.active or found.password is None:
        return None
    if found.locked_until is not None and found.locked_until > now:
        raise Refused(f"{TOO_MANY}，请{wait(found.locked_until - now)}后再试。")
    found.failures += 1
    found.locked_until = rest_until(found.failures, FREE_FAILURES, now)
    session.add(found)
    await session.flush()
    return found


def wait(left: timedelta) -> str:
    """How long to wait, as people say it."""
    seconds = ceil(left.total_seconds())
    return f"{seconds}秒" if seconds < 100 else f"{-(-seconds // 60)}分钟"


def rest_until(failures: int, free: int, now: datetime) -> datetime | None:
    """Until when nothing is looked at after so many failures, doubling with each; `None` while they are few."""
    if failures < free:
        return None
    rest: timedelta = FIRST_REST * (1 << min(failures - free, 10))
    return now + min(rest, LONGEST_REST)


async def forgive(session: AsyncSession, staff_id: int) -> None:
    """The attempt was right: the account starts afresh."""
    await session.exec(update(StaffMember).where(col(StaffMember.id) == staff_id).values(failures=0, locked_until=None))


async def take_code(session: AsyncSession, staff_id: int, step: int) -> bool:
    """Use up the one-time code of a time step; false where it, or a later one, was used already."""
    done = await session.exec(
        update(StaffMember)
        .where(col(StaffMember.id) == staff_id, col(StaffMember.totp_step) < step)
        .values(totp_step=step)
    )
    return bool(done.rowcount)


async def set_totp(
    session: AsyncSession, person: StaffMember, secret: str | None, *, now: datetime, origin: str | None
) -> None:
    """Switch one-time codes on with this secret, or off."""
    await session.exec(
        update(StaffMember).where(col(StaffMember.id) == person.id).values(totp_secret=secret, totp_step=0)
    )
    await audit.record(
        session,
        actor=actor(person),
        action="staff.totp",
        subject=_subject(person),
        after={"on": secret is not None},
        origin=origin,
        at=now,
    )


async def set_password(
    session: AsyncSession, person: StaffMember, password: str, *, now: datetime, origin: str | None
) -> None:
    """Change the own password hash."""
    await session.exec(update(StaffMember).where(col(StaffMember.id) == person.id).values(password=password))
    await audit.record(
        session, actor=actor(person), action="staff.password", subject=_subject(person), origin=origin, at=now
    )


# --- sessions ----------------------------------------------------------------------------------------------------


async def start_session(
    session: AsyncSession,
    staff_id: int,
    *,
    now: datetime,
    complete: bool = True,
    origin: str | None = None,
    agent: str | None = None,
) -> Signed:
    """A new session with a token of its own; sessions long over are cleared away with it."""
    await session.exec(delete(StaffSession).where(col(StaffSession.expires_at) < now))
    token = secrets.token_urlsafe(32)
    row = StaffSession(
        id=_digest(token),
        staff_id=staff_id,
        csrf=secrets.token_urlsafe(24),
        complete=complete,
        created_at=now,
        seen_at=now,
        expires_at=now + (SESSION_LIFE if complete else CODE_LIFE),
        origin=origin,
        agent=(agent or "")[:300] or None,
    )
    session.add(row)
    await session.flush()
    return Signed(token, row)


async def find_session(session: AsyncSession, token: str, now: datetime) -> tuple[StaffSession, StaffMember] | None:
    """The session of this token and its person, unless it is over or the person was switched off."""
    query = (
        select(StaffSession, StaffMember)
        .join(StaffMember, col(StaffMember.id) == col(StaffSession.staff_id))
        .where(StaffSession.id == _digest(token), col(StaffMember.active).is_(True), col(StaffSession.expires_at) > now)
    )
    found = (await session.exec(query)).one_or_none()
    if found is None or found[0].seen_at + SESSION_IDLE <= now:
        return None
    return found[0], found[1]


def is_stale(row: StaffSession, now: datetime) -> bool:
    """Whether the time last seen is old enough to be written again."""
    return row.seen_at + _SEEN_EVERY <= now


async def touch(session: AsyncSession, row: StaffSession, now: datetime) -> None:
    """Note that the session is in use."""
    await session.exec(update(StaffSession).where(col(StaffSession.id) == row.id).values(seen_at=now))


async def sessions(session: AsyncSession, staff_id: int, now: datetime) -> list[StaffSession]:
    """A person's open sessions, last used first."""
    query = (
        select(StaffSession)
        .where(StaffSession.staff_id == staff_id, col(StaffSession.complete).is_(True))
        .where(col(StaffSession.expires_at) > now, col(StaffSession.seen_at) > now - SESSION_IDLE)
        .order_by(col(StaffSession.seen_at).desc())
    )
    return list((await session.exec(query)).all())


async def end_sessions(
    session: AsyncSession, staff_id: int, *, only: str | None = None, but: str | None = None
) -> None:
    """End a person's sessions: all, `only` one, or all `but` one."""
    query = delete(StaffSession).where(col(StaffSession.staff_id) == staff_id)
    if only is not None:
        query = query.where(col(StaffSession.id) == only)
    if but is not None:
        query = query.where(col(StaffSession.id) != but)
    await session.exec(query)
