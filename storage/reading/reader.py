"""A report file to a `Reading`: format, alignment, proof and narrative in one step.

`read_bytes` is synchronous and trusts nothing but also limits nothing: the web process and the command line go through
`read_report`, which runs it in a worker process with limits.
"""

from __future__ import annotations

from storage.facts import Reading
from storage.reading.align import read_document
from storage.reading.parse import MAX_BYTES, parse
from storage.reading.worker import Worker

__all__ = ["MAX_BYTES", "read_bytes", "read_report"]


def read_bytes(content: bytes, *, name: str | None = None, url: str | None = None) -> Reading:
    """Read a report in this process.

    Raises:
        ReadingError: the file is none that can be read; the message says why and what to do.
    """
    return read_document(parse(content, name=name, url=url))


async def read_report(content: bytes, name: str | None = None, url: str | None = None) -> Reading:
    """Read a report in a worker process with limits of time and memory; concurrent callers are bounded.

    Raises:
        ReadingError: the file is none that can be read, or it went over a limit.
    """
    return await Worker.shared().read(content, name=name, url=url)
