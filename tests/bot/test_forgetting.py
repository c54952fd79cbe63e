"""A person who leaves is deleted, whatever is away and whatever dies meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.forgetting import Forgetting

PERSON = "0123456789abcdef" * 2


class Store:
    """Deletes, unless it is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.deleted: list[str] = []

    async def delete(self, person: str) -> None:
        if self.away:
            raise ConnectionRefusedError
        self.deleted.append(person)


async def test_what_the_database_could_not_delete_is_deleted_by_the_next_process(tmp_path: Path) -> None:
    await Forgetting(tmp_path / "forget", Store(away=True).delete).forget(PERSON)
    store = Store()
    await Forgetting(tmp_path / "forget", store.delete).catch_up()
    assert store.deleted == [PERSON]
    assert list((tmp_path / "forget").iterdir()) == []


async def test_a_deletion_leaves_no_note_behind(tmp_path: Path) -> None:
    store = Store()
    await Forgetting(tmp_path / "forget", store.delete).forget(PERSON)
    assert store.deleted == [PERSON]
    assert list((tmp_path / "forget").iterdir()) == []


async def test_where_nothing_can_be_noted_it_is_done_or_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store()
    await Forgetting(tmp_path / "file", store.delete).forget(PERSON)
    assert store.deleted == [PERSON]
    with pytest.raises(ConnectionRefusedError):
        await Forgetting(tmp_path / "file", Store(away=True).delete).forget(PERSON)
