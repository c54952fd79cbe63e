"""A small office with people, obligations and a clock on a Monday morning."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from scheduler.jobs import Watch
from scheduler.settings import SchedulerSettings
from storage.clock import BEIJING, FixedClock
from storage.database import Database
from storage.models.watch import Obligation, WatchPerson
from storage.publishing import importing
from storage.publishing.importing import Item

HOOK = [{"kind": "webhook", "to": "http://127.0.0.1:9/hook"}]


@pytest.fixture
def clock() -> FixedClock:
    """Monday 2024-06-03, ten in the morning in Beijing: a working day."""
    return FixedClock(datetime(2024, 6, 3, 10, 0, tzinfo=BEIJING))


def settings(**values: Any) -> SchedulerSettings:
    return SchedulerSettings(_env_file=None, base_url="https://gk.example.gov.cn", **values)


class Bureau:
    """An office on one database; `scan` is one run of the check."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database, self.clock = database, clock
        self.watch = Watch(database, settings(), clock, b"s" * 32)

    async def furnish(self) -> None:
        roles = [("张敏", "owner"), ("李强", "supervisor"), ("王局", "head"), ("运维", "operator")]
        async with self.database.write() as session:
            session.add_all(WatchPerson(id=n, name=a, role=r, channels=HOOK) for n, (a, r) in enumerate(roles, 1))

    async def oblige(self, code: str, kind: str, period: str, start: date, **more: Any) -> None:
        values: dict[str, Any] = {
            "title": f"{code}号文件",
            "column": "政策文件",
            "owner_id": 1,
            "supervisor_id": 2,
        } | more
        async with self.database.write() as session:
            session.add(
                Obligation(
                    code=code,
                    kind=kind,
                    period=period,
                    starts_on=start,
                    basis="条例第二十六条",
                    created_at=self.clock.now(),
                    updated_at=self.clock.now(),
                    **values,
                )
            )

    async def publish(
        self, day: date, column: str = "政策文件", title: str = "通知", codes: tuple[str, ...] = ()
    ) -> None:
        item = Item(column, title, f"https://a.gov.cn/{column}{title}{day}", day, None, codes)
        async with self.database.write() as session:
            await importing.record_items(session, [item], origin="file", actor="test", clock=self.clock)


@pytest.fixture
async def bureau(database: Database, clock: FixedClock) -> Bureau:
    """The office on SQLite and on PostgreSQL."""
    office = Bureau(database, clock)
    await office.furnish()
    return office
