"""Secrets that an installation makes for itself, each in a file of the data folder that only its owner may read."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def load_or_create(data_dir: Path, name: str) -> bytes:
    """The 32 random bytes called `name`, made when they are first asked for.

    Two processes may ask at once: the first to put its file in place wins, the second reads it.
    """
    path = data_dir / "secrets" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{name}.{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    return path.read_bytes()
