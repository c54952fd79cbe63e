"""Secrets are made once, stay, and are nobody else's to read."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.errors import Refused
from storage.secrets import load_or_create, secret_for
from storage.settings import StorageSettings


def test_a_secret_is_made_once_for_all_that_start_together(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: load_or_create(tmp_path / "data", "person"), range(16)))
    assert len(made) == 1
    assert len(made.pop()) == 32
    (path,) = (tmp_path / "data" / "secrets").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_damaged_secret_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "person"
    path.parent.mkdir()
    path.write_text("abc")
    with pytest.raises(Refused):
        load_or_create(tmp_path, "person")
    assert path.read_text() == "abc"


def test_several_machines_share_the_one_that_is_set(tmp_path: Path) -> None:
    shared = "0123456789abcdef0123456789abcdef"
    machines = [StorageSettings(data_dir=tmp_path / n, secret=shared, _env_file=None) for n in "ab"]  # type: ignore[arg-type,call-arg]
    assert secret_for(machines[0], "person") == secret_for(machines[1], "person")
    assert secret_for(machines[0], "person") != secret_for(machines[0], "session")
    assert list(tmp_path.iterdir()) == []
