# ruff: noqa: T201
"""Kill -9 before any source line: a process that forks for each order, and how a test gives it orders.

Order: `KILL WORD...`; KILL is the number of the watched line, counted as they run, before which the fork kills itself;
0 to run through and print every line that ran as `file:line`. The words go to the work.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

ALL = "GONGKAI_TEST_KILL_ALL"
"""Set to try every line that runs; otherwise every thirtieth, the others on other days."""


def serve(work: Callable[..., Coroutine[Any, Any, None]], watched: Sequence[str]) -> None:
    """Carry out orders from standard input until it ends; `watched` are parts of the names of source files."""
    print("ready", flush=True)
    for order in sys.stdin:
        kill, *words = order.split()
        child = os.fork()
        if not child:
            ran = _carry_out(work, words, int(kill), watched)
            if not int(kill):
                print(*ran, flush=True)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(f"ended {-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)}", flush=True)


def _carry_out(
    work: Callable[..., Coroutine[Any, Any, None]], words: Sequence[str], kill: int, watched: Sequence[str]
) -> list[str]:
    ran: list[str] = []

    def on_line(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            ran.append(f"{frame.f_code.co_filename}:{frame.f_lineno}")
            if len(ran) == kill:
                os.kill(os.getpid(), signal.SIGKILL)
        return on_line

    def on_call(frame: FrameType, _event: str, _arg: Any) -> Any:
        return on_line if any(w in frame.f_code.co_filename for w in watched) else None

    sys.settrace(on_call)
    asyncio.run(work(*words))
    sys.settrace(None)
    return ran


class Victim:
    """The process as the test sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def order(self, kill: int, *words: object) -> tuple[list[str], str]:
        """The lines that ran where it was not killed, and how it ended: 0, or minus the signal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{kill} {' '.join(map(str, words))}\n".encode())
        lines: list[str] = []
        while not (line := (await asyncio.wait_for(self._process.stdout.readline(), 60)).decode()).startswith("ended"):
            assert line, "the process is gone"
            lines += line.split()
        return lines, line.split()[1]


@asynccontextmanager
async def victim(script: Path) -> AsyncIterator[Victim]:
    """The process of a script that calls `serve`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield Victim(process)
    finally:
        process.stdin.close()
        await process.wait()


def points(lines: Sequence[str]) -> list[int]:
    """Where to kill: the first time that each line runs."""
    seen: set[str] = set()
    found = [n for n, line in enumerate(lines, 1) if line not in seen and not seen.add(line)]  # type: ignore[func-returns-value]
    return found if os.environ.get(ALL) else found[datetime.now(UTC).toordinal() % 30 :: 30]


def fresh(template: Path, path: Path) -> None:
    """The database as it was before."""
    for end in ("", "-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    shutil.copy(template, path)
