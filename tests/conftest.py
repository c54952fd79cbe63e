"""Fixtures that every test may use: clocks, migrated databases, the real PostgreSQL and Redis where they run."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import asyncpg
import hypothesis
import pytest
import redis.asyncio

from storage import migrate
from storage.clock import BEIJING, FixedClock
from storage.database import Database

hypothesis.settings.register_profile(
    "gongkai", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)  # how fast a machine is, is no test
hypothesis.settings.load_profile("gongkai")

POSTGRES = os.environ.get("GONGKAI_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
REDIS = os.environ.get("GONGKAI_TEST_REDIS", "redis://127.0.0.1:6379/15")
SHARED = Path(__file__).resolve().parents[2] / "shared"


def _missing(server: str, error: Exception) -> None:
    """Skip loudly on a machine without the server; fail in CI, where nothing may be skipped for lack of one."""
    if os.environ.get("CI"):
        pytest.fail(f"{server} does not answer in CI: {error}")
    pytest.skip(f"*** {server} DOES NOT ANSWER, ITS TESTS ARE SKIPPED *** ({error})")


@pytest.fixture
def shared() -> Path:
    """The folder of shared material; tests that use it are skipped where it is not there."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside this checkout")
    return SHARED


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at noon of 2026-06-15 in Beijing."""
    return FixedClock(datetime(2026, 6, 15, 12, 0, tzinfo=BEIJING))


@asynccontextmanager
async def _postgres(template: str = "template1") -> AsyncIterator[str]:
    """A new PostgreSQL database, dropped afterwards."""
    name = f"gongkai_{uuid.uuid4().hex[:12]}"
    try:
        admin = await asyncpg.connect(POSTGRES, timeout=30)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        _missing("PostgreSQL", error)
        raise
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield name
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


def _address(name: str) -> str:
    return f"{POSTGRES.rsplit('/', 1)[0].replace('postgresql://', 'postgresql+asyncpg://')}/{name}"


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """An empty PostgreSQL database of this test's own."""
    async with _postgres() as name:
        yield _address(name)


async def _migrated(url: str) -> None:
    database = Database(url)
    await migrate.upgrade(database)
    await database.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, made once and copied for each test: the migrations have tests of their own."""
    path = tmp_path_factory.mktemp("migrated") / "gongkai.db"
    asyncio.run(_migrated(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[str]:
    """The name of a migrated PostgreSQL database, made once, from which each test's own is made."""
    with asyncio.Runner() as runner:
        made = _postgres()
        name = runner.run(made.__aenter__())
        runner.run(_migrated(_address(name)))
        yield name
        runner.run(made.__aexit__(None, None, None))


@pytest.fixture
async def redis_url() -> str:
    """A Redis address; keys are to be prefixed by the test (`key_prefix`)."""
    client = redis.asyncio.from_url(REDIS)
    try:
        await client.ping()
    except (OSError, redis.exceptions.RedisError) as error:
        _missing("Redis", error)
    finally:
        await client.aclose()
    return REDIS


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: each test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'gongkai.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def data_folder(tmp_path: Path, migrated_file: Path) -> Path:
    """A folder with a migrated SQLite database where a process looks for it."""
    shutil.copyfile(migrated_file, tmp_path / "gongkai.db")
    return tmp_path


def _file_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'gongkai.db'}"


@pytest.fixture
async def postgres_copy(migrated_postgres: str) -> AsyncIterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    async with _postgres(migrated_postgres) as name:
        yield _address(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database: each test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return _file_url(request.getfixturevalue("data_folder"))
    url: str = request.getfixturevalue("postgres_copy")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database, once SQLite and once PostgreSQL."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite(data_folder: Path) -> AsyncIterator[Database]:
    """A migrated SQLite database, for tests in which the kind of database does not matter."""
    database = Database(_file_url(data_folder))
    yield database
    await database.close()
