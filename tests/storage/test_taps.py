"""One-tap links: only ours, only in time, only once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import taps
from storage.clock import FixedClock
from storage.database import Database
from storage.errors import Conflict, Refused
from storage.taps import Tap, TapAction

SECRET = b"k" * 32


def token(clock: FixedClock) -> str:
    return taps.make(SECRET, Tap(12, 3, TapAction.PUBLISHED, clock.now() + taps.LIFE))


def test_a_token_says_what_was_put_in(clock: FixedClock) -> None:
    found = taps.read(SECRET, token(clock), clock)
    assert (found.case_id, found.person_id, found.action) == (12, 3, TapAction.PUBLISHED)
    assert len(token(clock)) < 64


def test_a_token_runs_out(clock: FixedClock) -> None:
    made = token(clock)
    clock.move(taps.LIFE + timedelta(seconds=1))
    with pytest.raises(Refused, match="已过期"):
        taps.read(SECRET, made, clock)


@given(st.integers(0, 38), st.sampled_from("ABQRSTUVWXYZabcdefghw019-_"))
def test_a_changed_token_is_refused(place: int, letter: str) -> None:
    from datetime import UTC, datetime

    clock = FixedClock(datetime(2026, 6, 15, tzinfo=UTC))
    made = token(clock)
    changed = made[:place] + letter + made[place + 1 :]
    if changed != made:
        with pytest.raises(Refused, match="无效"):
            taps.read(SECRET, changed, clock)


@given(st.text(max_size=100))
def test_anything_else_is_refused(text: str) -> None:
    from datetime import UTC, datetime

    with pytest.raises(Refused):
        taps.read(SECRET, text, FixedClock(datetime(2026, 6, 15, tzinfo=UTC)))


async def test_a_token_is_spent_once(database: Database, clock: FixedClock) -> None:
    made = token(clock)
    tap = taps.read(SECRET, made, clock)
    async with database.write() as session:
        await taps.spend(session, made, tap)
    with pytest.raises(Conflict, match="已经用过"):
        async with database.write() as session:
            await taps.spend(session, made, tap)
    clock.move(taps.LIFE + timedelta(days=1))
    async with database.write() as session:
        await taps.tidy(session, clock)
