"""The ledger of what the account may still send to each person, so that a send that must fail is never tried.

Source: developers.weixin.qq.com, 客服消息 (下发规则): a message of the person allows 5 messages within 48 hours; a tap
on a menu button (click, scancode) or on a menu message, a follow and a scan allow 3 within a minute. The ledger is on
the careful side of WeChat's own count: a new grant replaces the older one of its kind, what may have gone out counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models.allowance import Allowance, AllowanceKind, NoticeConsent
from storage.reports.agencies import insert

GRANTS = {
    AllowanceKind.MESSAGE: (5, timedelta(hours=48)),
    AllowanceKind.TAP: (3, timedelta(minutes=1)),
}
"""Messages, and for how long."""
MARGIN = timedelta(seconds=5)
"""A window that ends within this is taken for ended: the way to WeChat takes time."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A person did something that allows messages to them, at the moment that WeChat says.

    `address` is their openid, sealed; it goes when the window does.
    """

    person: str
    kind: AllowanceKind
    at: datetime
    address: str = ""


async def grant(session: AsyncSession, account: str, grants: Iterable[Grant]) -> None:
    """Enter grants. One that is older than what stands is ignored: pushes may come out of order."""
    newest: dict[tuple[str, str], Grant] = {}
    for one in grants:
        known = newest.get((one.person, one.kind))
        if known is None or one.at > known.at:
            newest[one.person, one.kind] = one
    if not newest:
        return
    rows = [
        {
            "account": account,
            "person": g.person,
            "kind": g.kind,
            "left": most,
            "granted_at": g.at,
            "ends_at": g.at + life,
            "address": g.address,
        }
        for g in sorted(newest.values(), key=lambda g: (g.person, g.kind))
        for most, life in (GRANTS[g.kind],)
    ]
    new = insert(session, Allowance).values(rows)
    names = ("left", "granted_at", "ends_at", "address")
    await session.exec(
        new.on_conflict_do_update(
            index_elements=["account", "person", "kind"],
            set_={name: new.excluded[name] for name in names},
            where=col(Allowance.granted_at) < new.excluded["granted_at"],
        )
    )


async def take(session: AsyncSession, account: str, person: str, now: datetime) -> AllowanceKind | None:
    """Use one message of a person's allowance, the one that ends first; `None` when there is none."""
    for row in await _open(session, account, person, now):
        taken = (
            update(Allowance)
            .where(_of(account, person, row.kind), col(Allowance.granted_at) == row.granted_at, col(Allowance.left) > 0)
            .values(left=Allowance.left - 1)
        )
        if (await session.exec(taken)).rowcount:
            return AllowanceKind(row.kind)
    return None


async def give_back(session: AsyncSession, account: str, person: str, kind: AllowanceKind) -> None:
    """Undo `take` for a message that surely did not go out."""
    most, _ = GRANTS[kind]
    await session.exec(
        update(Allowance).where(_of(account, person, kind), col(Allowance.left) < most).values(left=Allowance.left + 1)
    )


async def exhaust(session: AsyncSession, account: str, person: str) -> None:
    """WeChat says that nothing is left (45015, 45047): believe it until the person's next action."""
    await session.exec(update(Allowance).where(_of(account, person)).values(left=0))


async def left(session: AsyncSession, account: str, person: str, now: datetime) -> int:
    """How many customer-service messages may go to a person now."""
    return sum(row.left for row in await _open(session, account, person, now))


async def sweep(session: AsyncSession, now: datetime) -> None:
    """Delete windows that have ended."""
    await session.exec(delete(Allowance).where(col(Allowance.ends_at) < now))


async def consent(
    session: AsyncSession, account: str, person: str, template_id: str, *, accepted: bool, now: datetime
) -> None:
    """A person accepted a notice once more, or refused it, which ends what they accepted before."""
    values = {
        "account": account,
        "person": person,
        "template_id": template_id,
        "left": int(accepted),
        "changed_at": now,
    }
    after = col(NoticeConsent.left) + 1 if accepted else 0
    await session.exec(
        insert(session, NoticeConsent)
        .values(values)
        .on_conflict_do_update(
            index_elements=["account", "person", "template_id"], set_={"left": after, "changed_at": now}
        )
    )


async def take_consent(session: AsyncSession, account: str, person: str, template_id: str) -> bool:
    """Use one consent; false when there is none."""
    taken = (
        update(NoticeConsent)
        .where(
            col(NoticeConsent.account) == account,
            col(NoticeConsent.person) == person,
            col(NoticeConsent.template_id) == template_id,
            col(NoticeConsent.left) > 0,
        )
        .values(left=NoticeConsent.left - 1)
    )
    return bool((await session.exec(taken)).rowcount)


async def forget(session: AsyncSession, account: str | None, person: str) -> None:
    """Delete everything about a person: they unfollowed or asked for it (个人信息保护法第四十七条).

    `account`: the one that they are known to by this hash; `None` where that is not said, for it is no other's.
    """
    for model in (Allowance, NoticeConsent):
        mine = delete(model).where(col(model.person) == person)
        await session.exec(mine if account is None else mine.where(col(model.account) == account))


async def _open(session: AsyncSession, account: str, person: str, now: datetime) -> Sequence[Allowance]:
    rows = (
        select(Allowance)
        .where(_of(account, person), col(Allowance.left) > 0, col(Allowance.ends_at) > now + MARGIN)
        .order_by(col(Allowance.ends_at))
    )
    return (await session.exec(rows)).all()


def _of(account: str, person: str, *kinds: str) -> ColumnElement[bool]:
    wanted = and_(col(Allowance.account) == account, col(Allowance.person) == person)
    return and_(wanted, col(Allowance.kind).in_(kinds)) if kinds else wanted
