"""Speed of the watch: a scan over a large ledger, and a simulated year. Run with `make bench`."""

from __future__ import annotations

import random
import time
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import func, select

from scheduler import jobs
from scheduler.jobs import Watch
from scheduler.settings import SchedulerSettings
from storage import migrate, workdays
from storage.clock import BEIJING, FixedClock
from storage.database import Database
from storage.models.cases import WatchCase
from storage.models.outbox import OutboxMessage
from storage.models.watch import Obligation, Publication, PublicationLink, WatchPerson
from storage.publishing import survey

START = date(2025, 1, 1)
COLUMNS = 400
PUBLICATION = Publication.__table__  # type: ignore[attr-defined]
STEP = 50_000
"""Rows put into the ledger at once: far below the command timeout on a busy machine."""


def obligations(number: int, rng: random.Random) -> list[Obligation]:
    rows = []
    for n in range(number):
        kind, period = rng.choice(
            [("更新周期", "14天"), ("更新周期", "6个月"), *[("形成后限时", "20个工作日")] * 6, ("固定日期", "每季度")]
        )
        formed = START + timedelta(rng.randrange(330)) if kind == "形成后限时" else START
        rows.append(
            Obligation(
                code=f"B{n:05}",
                title=f"第{n}号文件",
                column=f"栏目{n % COLUMNS}",
                kind=kind,
                period=period,
                starts_on=formed,
                basis="条例第二十六条",
                owner_id=1 + n % 20,
                supervisor_id=21,
                created_at=datetime(2025, 1, 1, tzinfo=BEIJING),
                updated_at=datetime(2025, 1, 1, tzinfo=BEIJING),
            )
        )
    return rows


def people() -> list[WatchPerson]:
    channels = [{"kind": "webhook", "to": "http://127.0.0.1:9/"}]
    roles = ["owner"] * 20 + ["supervisor", "head", "operator"]
    return [WatchPerson(id=n, name=f"人员{n}", role=role, channels=channels) for n, role in enumerate(roles, 1)]


async def fill(database: Database, rows: int) -> None:
    """Publications spread over ten years and all columns, made in the database itself, some at a time."""
    async with database.read() as session:
        there = (await session.exec(select(func.count()).select_from(Publication))).one()
    for first in range(there + 1, rows + 1, STEP):
        async with database.write() as session:
            connection = await session.connection()
            await connection.execute(
                text(
                    "INSERT INTO publication (column_name, title, url, item_key, published_on, origin, recorded_by, recorded_at)"
                    " SELECT '栏目' || (n % :columns), '信息第' || n || '号', 'https://example.gov.cn/' || n,"
                    " md5(n::text), date '2016-01-01' + (n % 3640)::int, 'file', 'bench', now()"
                    " FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n"
                ),
                {"columns": COLUMNS, "first": first, "last": min(rows, first + STEP - 1)},
            )
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))


async def test_scan_of_10000_obligations_is_flat_in_ledger_size(postgres_url: str) -> None:
    database = Database(postgres_url)
    await migrate.upgrade(database)
    async with database.write() as session:
        session.add_all(people())
        await session.flush()
        session.add_all(obligations(10_000, random.Random(1)))
    best: list[float] = []
    for rows in (10_000, 100_000, 1_000_000):
        await fill(database, rows)
        walls, cpus = [], []
        for _ in range(3):
            began, cpu = time.perf_counter(), time.process_time()
            async with database.read() as session:
                found = await survey.check(session, date(2025, 12, 1), await workdays.load(session))
            walls.append(time.perf_counter() - began)
            cpus.append(time.process_time() - cpu)
        print(
            f"\n10,000 obligations, {rows:>9,} ledger rows: {min(walls):.2f} s best, {max(walls):.2f} s worst,"
            f" {min(cpus):.2f} s CPU of the process ({len(found.findings)} findings)"
        )
        best.append(min(walls))
    began = time.perf_counter()
    async with database.read() as session:
        late = await survey.over_span(session, date(2025, 1, 1), date(2025, 12, 31))
    print(f"replay of 2025 over 1,000,000 rows: {time.perf_counter() - began:.2f} s ({len(late)} intervals)")
    await database.close()


async def test_a_year_of_daily_checks_over_2000_obligations(empty_database_url: str) -> None:
    rng = random.Random(2)
    database, clock = Database(empty_database_url), FixedClock(datetime(2025, 1, 1, 9, 0, tzinfo=BEIJING))
    await migrate.upgrade(database)
    listed = obligations(2_000, rng)
    calendar: dict[date, list[tuple[dict[str, Any], str | None]]] = {}
    numbers = count(1)

    def publish(day: date, column: str, title: str, code: str | None) -> None:
        item = {
            "id": next(numbers),
            "column_name": column,
            "title": title,
            "item_key": f"{column}{title}{day}"[:64],
            "published_on": day,
            "origin": "file",
            "recorded_by": "bench",
            "recorded_at": clock.now(),
        }
        calendar.setdefault(day, []).append((item, code))

    for n in range(COLUMNS):
        day = START
        while day.year == 2025:
            day += timedelta(max(1, int(rng.expovariate(1 / 9))))
            publish(day, f"栏目{n}", f"动态{day}", None)
    for row in listed:
        if row.kind == "形成后限时" and rng.random() < 0.9:
            publish(row.starts_on + timedelta(rng.choice([3, 10, 25, 28, 30, 45])), row.column, row.title, row.code)
    async with database.write() as session:
        session.add_all(people())
        await session.flush()
        session.add_all(listed)
    watch = Watch(database, SchedulerSettings(_env_file=None), clock, b"x" * 32)
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(365):
        async with database.write() as session:
            fed = calendar.get(clock.today(), [])
            if fed:
                await session.exec(insert(PUBLICATION), params=[item for item, _ in fed])
            links = [{"publication_id": item["id"], "obligation_code": code} for item, code in fed if code]
            if links:
                await session.exec(insert(PublicationLink), params=links)
        await jobs.scan(watch)
        await jobs.digest(watch)
        clock.move(timedelta(days=1))
    took, used = time.perf_counter() - began, time.process_time() - cpu
    async with database.read() as session:
        cases = (await session.exec(select(func.count()).select_from(WatchCase))).one()
        messages = (await session.exec(select(func.count()).select_from(OutboxMessage))).one()
    print(
        f"\n{database.url.get_backend_name()}: 365 daily checks and digests of 2,000 obligations: {took:.1f} s, {used:.1f} s CPU ({cases} cases, {messages} messages)"
    )
    assert cases > 1000
    await database.close()
