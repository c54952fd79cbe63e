"""Secrets that an installation makes for itself, each in a file of the data folder that only its owner may read."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from storage.errors import Refused
from storage.settings import StorageSettings

_LENGTH = 32


def secret_for(settings: StorageSettings, name: str) -> bytes:
    """The secret called `name`: derived from `GONGKAI_SECRET` where that is set (several machines), else a kept one.

    Raises:
        Refused: the kept secret is damaged.
        OSError: the data folder cannot be written.
    """
    if settings.secret is not None:
        return hmac.new(settings.secret.get_secret_value().encode(), name.encode(), hashlib.sha256).digest()
    return load_or_create(settings.data_dir, name)


def load_or_create(data_dir: Path, name: str) -> bytes:
    """The 32 random bytes called `name`, made when they are first asked for.

    Two processes may ask at once: the first to put its file in place wins, the second reads it.

    Raises:
        Refused: the file is damaged; it is never replaced, because what was keyed with it would be lost.
        OSError: the data folder cannot be written.
    """
    path = data_dir / "secrets" / name
    for folder in (data_dir, path.parent):  # the mode is that of the last folder only
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_name(f".{name}.{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_LENGTH))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(fresh)
        fresh.unlink()
    secret = path.read_bytes()
    if len(secret) != _LENGTH:
        raise Refused(f"密钥文件 {path} 已损坏，请从备份恢复。")
    return secret
