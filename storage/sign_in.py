"""Lockout by network address: whoever tries many accounts from one place rests like one who tries one account often.

An office shares an address, so that it may fail more often than an account, and who comes in takes back only their own
failures.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.errors import Refused
from storage.models.staff import SignInAddress
from storage.reports.agencies import insert
from storage.staff import rest_until, wait

FREE_FAILURES = 20
"""Failures before the address rests."""
FORGOTTEN_AFTER = timedelta(hours=1)
"""An address that is quiet for this long starts afresh; the longest rest is as long."""
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


async def begin(session: AsyncSession, origin: str, now: datetime) -> None:
    """Count an attempt before it is looked at.

    Raises:
        Refused: the address rests; the message says for how long.
    """
    place = place_of(origin)
    await session.exec(delete(SignInAddress).where(col(SignInAddress.last_at) <= now - FORGOTTEN_AFTER))
    fresh = insert(session, SignInAddress).values(address=place, failures=0, last_at=now)
    await session.exec(fresh.on_conflict_do_nothing(index_elements=["address"]))
    query = select(SignInAddress).where(SignInAddress.address == place).with_for_update()
    row = (await session.exec(query)).one()
    if row.locked_until is not None and row.locked_until > now:
        raise Refused(f"这个网络地址输错次数太多，请{wait(row.locked_until - now)}后再试。")
    row.failures, row.last_at = row.failures + 1, now
    row.locked_until = rest_until(row.failures, FREE_FAILURES, now)
    session.add(row)
    await session.flush()


async def forgive(session: AsyncSession, origin: str, attempts: int = 1) -> None:
    """Somebody came in: their own attempts (the password's, and the code's) were no failures."""
    query = select(SignInAddress).where(SignInAddress.address == place_of(origin)).with_for_update()
    row = (await session.exec(query)).one_or_none()
    if row is None:
        return
    row.failures = max(row.failures - attempts, 0)
    if row.failures < FREE_FAILURES:
        row.locked_until = None
    session.add(row)
    await session.flush()
