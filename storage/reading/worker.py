"""Reading in a process of its own, so that a hostile or broken file cannot take the service down.

Each file gets a fresh process without the service's environment (no secret in it), with a limit on address space and on
time; over the limit it is killed with everything that it started, and the caller gets one clear error.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary

from storage.catalogue import Edition, Meaning
from storage.facts import CellReading, Figure, Finding, Level, Place, Reading
from storage.reading import errors
from storage.reading.document import Document, GridCell, Line, Table, Word
from storage.reading.errors import Exhausted, ReadingError, TooLarge
from storage.reading.page_image import PageImage

T = TypeVar("T", Reading, Document, PageImage)

_Plain = str | int | Sequence[float] | None

SECONDS = 90.0
MEMORY = 512 * 1024 * 1024
"""Bytes of address space that reading may take over what the interpreter and the libraries take."""
RUNNING = max(1, min(4, (os.cpu_count() or 2) - 1))
WAITING = 32
MAX_RESULT = 64 * 1024 * 1024
_ROOT = Path(__file__).resolve().parents[2]
_CLASSES = (
    Decimal, Reading, CellReading, Place, Figure, Finding, Level, Edition, Meaning, PageImage, Document, Line, Table,
    GridCell, Word,
)  # fmt: skip
_ALLOWED = {(c.__module__, c.__qualname__) for c in _CLASSES}


class Worker:
    """Runs `read_bytes` in child processes, at most `running` at once."""

    _shared: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, Worker]] = WeakKeyDictionary()

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY, running: int = RUNNING) -> None:
        self.seconds = seconds
        self.memory = memory
        self._slots = asyncio.Semaphore(running)
        self._waiting = 0

    @classmethod
    def shared(cls) -> Worker:
        """The worker of the running event loop."""
        return cls._shared.setdefault(asyncio.get_running_loop(), cls())

    async def read(self, content: bytes, *, name: str | None = None, url: str | None = None) -> Reading:
        """Read one report.

        Raises:
            ReadingError: as `read_bytes`.
            Exhausted: over the limit of time or memory, or too many files are waiting.
        """
        return await self._ask(Reading, content, name=name, url=url)

    async def document(self, content: bytes, *, name: str | None = None, url: str | None = None) -> Document:
        """The blocks of one file as they stand in it, nothing interpreted.

        Raises:
            ReadingError: as `parse`.
            Exhausted: as `read`.
        """
        return await self._ask(Document, content, name=name, url=url)

    async def page(self, content: bytes, number: int, box: Sequence[float] | None = None) -> PageImage:
        """A page of a PDF as a picture, a place on it marked (`draw`).

        Raises:
            Damaged: as `draw`.
            Exhausted: as `read`.
        """
        return await self._ask(PageImage, content, page=number, box=box)

    async def _ask(self, wanted: type[T], content: bytes, **head: _Plain) -> T:
        if self._waiting >= WAITING:
            raise Exhausted("正在读取的文件过多，请稍后再试。")
        self._waiting += 1
        try:
            async with self._slots:
                return await self._run(wanted, content, head)
        finally:
            self._waiting -= 1

    async def _run(self, wanted: type[T], content: bytes, asked: Mapping[str, _Plain]) -> T:
        what = wanted.__name__.lower()
        with tempfile.TemporaryDirectory(prefix="gongkai-read-", ignore_cleanup_errors=True) as folder:
            head: dict[str, Any] = {"name": None, "url": None, **asked, "what": what, "size": len(content)}
            head |= {"memory": self.memory, "seconds": self.seconds}
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "storage.reading.child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=folder,
                env=_environment(folder),
                start_new_session=True,
            )
            try:
                async with asyncio.timeout(self.seconds):
                    output, _ = await process.communicate(json.dumps(head).encode() + b"\n" + content)
            except TimeoutError:
                raise Exhausted(f"读取超过{self.seconds:g}秒，已停止。文件可能过大或异常，请精简后再上传。") from None
            finally:
                await _end(process)
        return _result(wanted, output, process.returncode)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the process and everything that it started, and reap it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _environment(folder: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MALLOC_ARENA_MAX": "1",
    }


def _result(wanted: type[T], output: bytes, code: int | None) -> T:
    if len(output) > MAX_RESULT:
        raise TooLarge("读出的内容过多，不像是年度报告，未读取。")
    if not output:
        raise Exhausted(f"读取进程异常结束（代码{code}），文件可能过大或已损坏，未读取。")
    try:
        kind, value = _Unpickler(io.BytesIO(output)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, ValueError, TypeError) as error:
        raise Exhausted("读取进程异常结束，文件可能过大或已损坏，未读取。") from error
    if kind == wanted.__name__.lower() and isinstance(value, wanted):
        return value
    error_name, message = value
    family = getattr(errors, str(error_name), ReadingError)
    raise family(message)


class _Unpickler(pickle.Unpickler):
    """Takes plain values and the classes of a reading; a child that was taken over can send nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)
