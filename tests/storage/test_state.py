"""The state store: the same behaviour in memory and in Redis, and what happens when Redis goes away."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
import redis.asyncio
from hypothesis import given
from hypothesis import strategies as st

from storage.state import CLAIM_SECONDS, MemoryState, RedisState, ResilientState, State, late_key

Other = Callable[[], State]


@pytest.fixture(params=["memory", "redis", "resilient"])
def kind(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param, "" if request.param == "memory" else request.getfixturevalue("redis_url")


@pytest.fixture
async def stores(kind: tuple[str, str]) -> AsyncIterator[Other]:
    """Opens stores on the same state, as the processes of one deployment do."""
    name, url = kind
    opened: list[State] = []
    if name == "memory":
        memory = MemoryState()
        yield lambda: memory
        return
    prefix = f"test:{uuid.uuid4().hex}:"

    def other() -> State:
        store: State = RedisState(url, prefix=prefix)
        opened.append(ResilientState(store) if name == "resilient" else store)
        return opened[-1]

    yield other
    for store in opened:
        await store.aclose()
    client = redis.asyncio.from_url(url)
    if keys := await client.keys(f"{prefix}*"):
        await client.delete(*keys)
    await client.aclose()


async def test_one_of_many_claims_a_message(stores: Other) -> None:
    one, two = stores(), stores()
    openings = await asyncio.gather(*(s.begin("m", "p") for s in (one, two, one, two)))
    assert sorted(o.mine for o in openings) == [False, False, False, True]
    assert all(o.reply is None for o in openings)


async def test_whoever_waits_gets_the_reply_of_whoever_works(stores: Other) -> None:
    one, two = stores(), stores()
    assert (await one.begin("m", "p")).mine
    waiting = [asyncio.create_task(s.wait("m", 4)) for s in (one, two)]
    await asyncio.sleep(0)
    await one.finish("m", "p", "答".encode(), None)
    assert await asyncio.gather(*waiting) == ["答".encode()] * 2
    assert (await two.begin("m", "p")).reply == "答".encode()


async def test_an_empty_reply_is_a_reply(stores: Other) -> None:
    store = stores()
    await store.begin("m", "p")
    await store.finish("m", "p", b"", None)
    opening = await store.begin("m", "p")
    assert (opening.mine, opening.reply) == (False, b"")
    assert await store.wait("m", 1) == b""


async def test_waiting_ends_with_its_time(stores: Other) -> None:
    store = stores()
    await store.begin("m", "p")
    assert await store.wait("m", 0.01) is None


async def test_conversation_and_late_answer_come_with_the_next_message(stores: Other) -> None:
    one, two = stores(), stores()
    await one.begin("m1", "p")
    await one.finish("m1", "p", b"r", b"context")
    await one.put(late_key("p"), b"!late", 60)
    await one.get("makes what waits go")
    await one.begin("m2", "nobody else's")
    opening = await two.begin("m3", "p")
    assert (opening.context, opening.late) == (b"context", b"!late")
    await two.forget("p")
    forgotten = await two.begin("m4", "p")
    assert (forgotten.context, forgotten.late) == (None, None)


async def test_messages_of_a_person_are_counted_and_events_are_not(stores: Other) -> None:
    store = stores()
    await store.begin("e", "p", counts=False)
    counts = [(await store.begin(f"m{n}", "p")).count for n in range(3)]
    assert counts in ([1, 2, 3], [1, 2, 1], [1, 1, 2])  # the minute may have turned
    assert (await store.begin("m", "other")).count == 1


async def test_small_locks(stores: Other) -> None:
    one, two = stores(), stores()
    assert await one.add("lock", b"one", 60)
    assert not await two.add("lock", b"two", 60)
    await two.remove("lock", b"two")
    assert await two.get("lock") == b"one"
    await one.remove("lock", b"one")
    assert await two.add("lock", b"two", 60)
    await one.remove("lock")
    assert await two.get("lock") is None


@given(st.binary(max_size=50), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_value_under_any_key(value: bytes, key: str) -> None:
    async def run() -> None:
        store = MemoryState()
        await store.put(key, value, 1)
        assert await store.get(key) == value

    asyncio.run(run())


async def test_memory_lets_go_of_what_has_lapsed() -> None:
    now = 1000.0
    store = MemoryState(lambda: now)
    await store.begin("m", "p")
    await store.put("k", b"v", 10)
    now += CLAIM_SECONDS + 0.1
    assert (await store.begin("m", "p")).mine, "the claim of a dead worker is free before WeChat repeats"
    now += 10
    assert await store.get("k") is None
    assert await store.add("k", b"w", 10)
    for n in range(3000):
        now += 1
        await store.put(f"k{n}", b"v", 10)
    assert len(store._values) <= 1010


async def test_redis_lets_go_of_everything(redis_url: str) -> None:
    """No key without an end: a store that only grows fails one day."""
    prefix = f"test:{uuid.uuid4().hex}:"
    store = RedisState(redis_url, prefix=prefix)
    await store.begin("m", "p")
    await store.finish("m", "p", b"r", b"c")
    await store.begin("m2", "p")
    await store.put("k", b"v", 5)
    await store.add("l", b"v", 5)
    await store.aclose()
    client = redis.asyncio.from_url(redis_url)
    keys = await client.keys(f"{prefix}*")
    assert len(keys) == 6
    assert all([await client.pttl(k) > 0 for k in keys])
    await client.delete(*keys)
    await client.aclose()


@pytest.fixture
async def nowhere() -> AsyncIterator[str]:
    """A port that takes connections and never answers: worse than one that refuses."""
    silent = socket.create_server(("127.0.0.1", 0))
    yield f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
    silent.close()


@pytest.mark.parametrize("failure", ["refuses", "silent"])
async def test_without_redis_everything_goes_on_in_memory(
    failure: str, nowhere: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = nowhere if failure == "silent" else "redis://127.0.0.1:1/0"
    store = ResilientState(RedisState(url, timeout=0.05))
    assert not await store.ping()
    assert (await store.begin("m", "p")).mine
    await store.finish("m", "p", b"r", b"context")
    assert (await store.begin("m", "p")).reply == b"r"
    await store.put(late_key("p"), b"!late", 60)
    opening = await store.begin("m2", "p")
    assert (opening.context, opening.late, opening.count) == (b"context", b"!late", 2)
    assert await store.add("lock", b"x", 5)
    assert not await store.add("lock", b"y", 5)
    assert [r.levelname for r in caplog.records] == ["ERROR"], "said once, not with every message"
    await store.aclose()


async def test_redis_is_used_again_when_it_comes_back(redis_url: str) -> None:
    prefix = f"test:{uuid.uuid4().hex}:"
    shared = RedisState(redis_url, prefix=prefix)
    store = ResilientState(shared)
    store._down("as if away")
    await store.put(late_key("p"), b"!kept meanwhile", 60)
    assert await shared.get(late_key("p")) is None
    assert await store.ping()
    await store.put("k", b"v", 5)
    assert await shared.get("k") == b"v"
    assert (await store.begin("m", "p")).late == b"!kept meanwhile"
    await store.remove(late_key("p"))
    assert (await store.begin("m2", "p")).late is None
    await store.aclose()
