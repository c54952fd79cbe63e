"""Random bytes for keys and nonces, out of portions: asking the system for each costs more than what it is for."""

from __future__ import annotations

import os

_PORTION = 4096


class _Portion:
    """What is left of the last portion; a process that was forked off begins with none."""

    def __init__(self) -> None:
        self._bytes = b""
        self._at = 0
        os.register_at_fork(after_in_child=self._drop)

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._bytes):
            self._bytes, self._at, end = os.urandom(max(_PORTION, count)), 0, count
        taken = self._bytes[self._at : end]
        self._at = end
        return taken

    def _drop(self) -> None:
        self._bytes = b""


random_bytes = _Portion().take
"""So many bytes that nobody can guess, and that were not given before. For one thread."""
