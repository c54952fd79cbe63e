"""The bundled sample: a bureau's 2023 figures with a narrative in other words, so that a fresh start has an answer."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from sqlmodel import select

from storage.catalogue import Edition, Meaning, cells_of
from storage.clock import Clock
from storage.database import Database
from storage.facts import CellReading, Figure, Reading
from storage.models.reports import Agency
from storage.reports.drafts import Upload, store_draft
from storage.reports.publish import publish

_FILE = Path(__file__).parent / "data" / "sample_2023.json"
_ACTOR = "sample"


def sample_reading() -> Reading:
    """The sample as if it had been read from a file: every cell of the tables zero, 行政强制 blank."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    zero = {i: CellReading(i, Meaning.NUMBER, Decimal(0), "0") for i in cells_of(Edition.E2021)}
    return Reading(
        agency=data["agency"],
        year=data["year"],
        edition=Edition.E2021,
        cells=zero | {i: CellReading(i, Meaning.BLANK, raw="") for i in data["blank"]},
        figures=tuple(Figure(**f | {"value": Decimal(f["value"])}) for f in data["figures"]),
        texts=data["texts"],
        title=data["title"],
    )


async def load_sample(database: Database, clock: Clock) -> bool:
    """Store and publish the sample in a database that holds no agency; says whether it did.

    Two processes may start at once: the second meets the first one's agency, or its live version, and leaves all as is.
    """
    async with database.read() as session:
        if (await session.exec(select(Agency.id).limit(1))).first() is not None:
            return False
    async with database.write() as session:
        if (await session.exec(select(Agency.id).limit(1))).first() is not None:
            return False
        upload = Upload(_FILE.read_bytes(), _FILE.name)
        now = clock.now()
        draft = await store_draft(
            session, sample_reading(), upload, actor=_ACTOR, now=now, max_bytes=len(upload.content), sample=True
        )
        await publish(session, draft.version_id, expected=None, actor=_ACTOR, now=now)
    return True
