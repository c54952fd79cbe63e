"""Lockout by network address: whoever tries many accounts from one place rests like one who tries one account often.

An office shares an address, so that it may fail more often than an account, and who comes in takes back only their own
failures.
"""

from __future__ import annotations

import hashlib
import ipaddress
from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import staff
from storage.errors import Refused
from storage.models.staff import SignInAddress
from storage.reports.agencies import insert

FREE_FAILURES = 20
"""Failures before the address rests."""
FORGOTTEN_AFTER = timedelta(hours=1)
"""An address that is quiet for this long starts afresh; the longest rest is as long."""
NAME_FORGOTTEN_AFTER = timedelta(days=1)
"""The same for a name that nobody has."""
_NAME = "name:"
_IPV6_NETWORK = 64


def place_of(origin: str) -> str:
    """What failures are counted by: an IPv4 address, or the /64 network that one IPv6 customer has."""
    first = origin.split(",")[0].strip()
    try:
        address = ipaddress.ip_address(first)
    except ValueError:
        return first[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
    return str(address)


async def begin(session: AsyncSession, origin: str | None, now: datetime) -> None:
    """Count an attempt before it is looked at; one from nobody knows where counts for its account alone.

    Raises:
        Refused: the address rests; the message says for how long.
    """
    if origin is not None:
        await _count(session, place_of(origin), FREE_FAILURES, "这个网络地址输错次数太多", now)


async def begin_unknown(session: AsyncSession, login: str, now: datetime) -> None:
    """Count an attempt at a name that nobody has, so that resting does not tell which names there are.

    Raises:
        Refused: as `storage.staff.begin_attempt`.
    """
    name = hashlib.sha256(login.strip().lower().encode("utf-8", "replace")).hexdigest()
    await _count(session, f"{_NAME}{name}"[:64], staff.FREE_FAILURES, staff.TOO_MANY, now)


async def _count(session: AsyncSession, place: str, free: int, refusal: str, now: datetime) -> None:
    named, last = col(SignInAddress.address).startswith(_NAME), col(SignInAddress.last_at)
    over = (last <= now - NAME_FORGOTTEN_AFTER) | (~named & (last <= now - FORGOTTEN_AFTER))
    await session.exec(delete(SignInAddress).where(over))
    fresh = insert(session, SignInAddress).values(address=place, failures=0, last_at=now)
    await session.exec(fresh.on_conflict_do_nothing(index_elements=["address"]))
    query = select(SignInAddress).where(SignInAddress.address == place).with_for_update()
    row = (await session.exec(query)).one()
    if row.locked_until is not None and row.locked_until > now:
        raise Refused(f"{refusal}，请{staff.wait(row.locked_until - now)}后再试。")
    row.failures, row.last_at = row.failures + 1, now
    row.locked_until = staff.rest_until(row.failures, free, now)
    session.add(row)
    await session.flush()


async def forgive(session: AsyncSession, origin: str | None, attempts: int = 1) -> None:
    """Somebody came in: their own attempts (the password's, and the code's) were no failures."""
    if origin is None:
        return
    query = select(SignInAddress).where(SignInAddress.address == place_of(origin)).with_for_update()
    row = (await session.exec(query)).one_or_none()
    if row is None:
        return
    row.failures = max(row.failures - attempts, 0)
    if row.failures < FREE_FAILURES:
        row.locked_until = None
    session.add(row)
    await session.flush()
