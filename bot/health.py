"""Whether the process lives and whether it can answer, for supervisors and load balancers."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy import text

from bot import keys
from storage import jobs
from storage.database import DATABASE_ERRORS, Database

_SECONDS = 2.0


def setup_health(app: web.Application) -> None:
    """Add `/healthz` (the process runs) and `/readyz` (it can answer; says what works only in part)."""
    app.router.add_get("/healthz", live)
    app.router.add_get("/readyz", ready)


async def live(_request: web.Request) -> web.Response:
    """Always 200 while the loop turns."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """200 while questions can be answered, else 503.

    Published reports are in memory: with the database or Redis away answers go on, and the status is `degraded`.
    """
    app = request.app
    database, shared = await asyncio.gather(_database_answers(app[keys.DATABASE]), app[keys.STATE].ping())
    silence = await _silence(app) if database else None
    facts = app[keys.SNAPSHOTS].get(app[keys.SETTINGS].agency) is not None
    checks = {
        "database": "ok" if database else "away",
        "state": "ok" if shared else "redis away, kept in memory",
        "facts": "ok" if facts else "none in memory",
        "watch": silence or "ok",
    }
    status = "ok" if database and shared and facts else "degraded" if database or facts else "away"
    return web.json_response({"status": status, **checks}, status=503 if status == "away" else 200)


async def _silence(app: web.Application) -> str | None:
    """What to say where the watch has not checked for hours."""
    try:
        async with asyncio.timeout(_SECONDS), app[keys.DATABASE].read() as session:
            return await jobs.silence(session, app[keys.CLOCK])
    except DATABASE_ERRORS:
        return None


async def _database_answers(database: Database) -> bool:
    try:
        async with asyncio.timeout(_SECONDS), database.read() as session:
            await session.exec(text("SELECT 1"))  # type: ignore[call-overload]
    except DATABASE_ERRORS:
        return False
    return True
