"""The worker process: limits itself, reads one file from standard input, writes the reading to standard output."""

from __future__ import annotations

import contextlib
import json
import pickle
import resource
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from storage.facts import Reading
from storage.reading.errors import Exhausted, ReadingError
from storage.reading.page_image import draw
from storage.reading.parse import parse
from storage.reading.reader import read_bytes

_MESSAGE = "读取这份文件需要的内存超过限制，已停止。文件可能过大或异常，请精简后再上传。"


def main() -> None:
    """Read the head line and the file, answer with ("reading", Reading), ("document", Document), … or ("error", …)."""
    warnings.simplefilter("ignore")
    head = json.loads(sys.stdin.buffer.readline(1 << 20))
    limit(head["memory"] + head["size"], head["seconds"])
    try:
        content = sys.stdin.buffer.read()
        answer: tuple[str, Any]
        if head["what"] == "document":
            answer = ("document", parse(content, name=head["name"], url=head["url"]))
        elif head["what"] == "pageimage":
            answer = ("pageimage", draw(content, head["page"], head["box"]))
        else:
            answer = ("reading", _plain(read_bytes(content, name=head["name"], url=head["url"])))
    except ReadingError as error:
        answer = ("error", (type(error).__name__, str(error)))
    except MemoryError:
        answer = ("error", (Exhausted.__name__, _MESSAGE))
    sys.stdout.buffer.write(pickle.dumps(answer))


def limit(memory: int, seconds: float) -> None:
    """Allow this much address space over what is used now, and this much processor time; children start unlimited."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, hard))
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _plain(reading: Reading) -> Reading:
    """The same with plain dictionaries: read-only views cannot be sent between processes."""
    return replace(reading, cells=dict(reading.cells), texts=dict(reading.texts))


if __name__ == "__main__":
    main()
