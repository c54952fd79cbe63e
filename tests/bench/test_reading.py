"""How long one report takes: under 1 s for web pages, Word files, workbooks and text, under 5 s for a PDF of 20 pages.

The limits count processor time, so that other work on the machine does not decide. Run with `pytest tests/bench/test_reading.py -s`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from storage.reading.reader import read_bytes, read_report
from tests.storage.reading.read_forms import as_docx, as_html, as_xlsx, form
from tests.storage.reading.read_pdfs import as_pdf

FORM = form(9)
LONG = ("一、总体情况", *("我局坚持以公开为常态、不公开为例外，全年发布各类政务信息，回应群众关切。" * 12,) * 82)
TEXT = "\n".join(
    block if isinstance(block, str) else "\n".join(" | ".join(c[4] for c in block if c[0] == r) for r in range(30))
    for block in FORM.blocks
)
FILES = {
    "html": (as_html(FORM.blocks), 1.0),
    "docx": (as_docx(FORM.blocks), 1.0),
    "xlsx": (as_xlsx(FORM.blocks), 1.0),
    "text": (TEXT.encode(), 1.0),
    "pdf, 20 pages": (as_pdf((*LONG, *FORM.blocks)), 5.0),
}


def say(line: str) -> None:
    """A line of the result."""
    sys.stdout.write(f"\n{line}")


@pytest.mark.parametrize("name", FILES)
def test_one_report(name: str) -> None:
    content, limit = FILES[name]
    read_bytes(FILES["html"][0])
    start, cpu = time.perf_counter(), time.process_time()
    read_bytes(content)
    taken, worked = time.perf_counter() - start, time.process_time() - cpu
    say(f"{name}: {worked * 1000:.0f} ms of processor, {taken * 1000:.0f} ms in all, {len(content) / 1024:.0f} KiB")
    assert worked < limit


@pytest.mark.parametrize("name", FILES)
async def test_one_report_in_the_worker(name: str) -> None:
    content, _ = FILES[name]
    start = time.perf_counter()
    await read_report(content)
    say(f"{name}, with a process of its own: {(time.perf_counter() - start) * 1000:.0f} ms")


def test_real_reports(shared: Path) -> None:
    for path in sorted((shared / "reports/raw").iterdir()):
        content = path.read_bytes()
        start = time.perf_counter()
        read_bytes(content, name=path.name)
        say(f"{path.name}: {(time.perf_counter() - start) * 1000:.0f} ms")
