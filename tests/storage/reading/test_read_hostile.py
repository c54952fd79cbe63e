"""Broken and hostile files: one clear error of ours, never a crash, a hang or a flood of memory."""

from __future__ import annotations

import asyncio
import io
import random
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.facts import Reading
from storage.reading.align import read_document
from storage.reading.detect import Kind, detect
from storage.reading.document import Document, Table
from storage.reading.errors import Damaged, Exhausted, ReadingError, TooLarge, UnknownFormat
from storage.reading.parse import parse
from storage.reading.reader import read_report
from storage.reading.worker import Worker
from tests.storage.reading.read_forms import as_docx, as_html, as_xlsx, form, wrong
from tests.storage.reading.read_pdfs import as_pdf

FORM = form(5)
FILES = {
    "html": as_html(FORM.blocks),
    "docx": as_docx(FORM.blocks),
    "xlsx": as_xlsx(FORM.blocks),
    "pdf": as_pdf(FORM.blocks),
}


def rezipped(content: bytes, name: str, body: bytes) -> bytes:
    """The container with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            target.writestr(part, body if part == name else source.read(part))
    return out.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return source.read(name)


def parsed(content: bytes) -> Document | None:
    """The document, read to its end, or `None` where our own error refused it; any other exception fails the test."""
    try:
        if detect(content) is Kind.OFFICE:
            return None
        document = parse(content)
    except ReadingError:
        return None
    read_document(document)
    return document


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_damaged_files_are_read_or_refused(kind: str, seed: int) -> None:
    rng = random.Random(seed)
    content = bytearray(FILES[kind])
    for _ in range(rng.choice([1, 1, 5, 50])):
        at = rng.randrange(len(content))
        match rng.randrange(4):
            case 0:
                del content[at:]
            case 1:
                content[at : at + rng.randrange(1, 400)] = b""
            case 2:
                content[at:at] = content[at : at + rng.randrange(1, 400)] * rng.randrange(2, 9)
            case _:
                content[at] = rng.randrange(256)
        if not content:
            break
    parsed(bytes(content))


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"<html>", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"# "]),
)
def test_rubbish_is_read_or_refused(body: bytes, magic: bytes) -> None:
    parsed(magic + body)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<table>",
                "<tr>",
                "<td>",
                "</td>",
                "</tr>",
                "</table>",
                "<td",
                "rowspan=3>",
                "<td",
                "colspan=9>",
                "<p>",
                "</p>",
                "<sup>",
                "1",
                "甲",
                "<div>",
            ]
        ),
        max_size=60,
    )
)
def test_tag_soup_gives_cells_that_do_not_overlap(tags: list[str]) -> None:
    document = parsed(("<html><body>文" + "".join(tags)).encode())
    for table in [b for b in document.blocks if isinstance(b, Table)] if document else []:
        covered = [
            (r, c)
            for x in table.cells
            for r in range(x.row, x.row + x.row_span)
            for c in range(x.column, x.column + x.column_span)
        ]
        assert len(covered) == len(set(covered))


@pytest.mark.parametrize(
    ("file", "name"),
    [("docx", "word/document.xml"), ("docx", "word/numbering.xml"), ("xlsx", "xl/worksheets/sheet1.xml")],
)
def test_zip_bombs_are_not_unpacked(file: str, name: str) -> None:
    with pytest.raises(TooLarge, match="炸弹"):
        parse(rezipped(FILES[file], name, bytes(60_000_000)))


@pytest.mark.parametrize(("file", "name"), [("docx", "word/document.xml"), ("xlsx", "xl/worksheets/sheet1.xml")])
@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_entities_are_refused(file: str, name: str, doctype: bytes) -> None:
    body = part_of(FILES[file], name)
    at = body.index(b"?>") + 2 if body.startswith(b"<?xml") else 0
    with pytest.raises(Damaged, match="实体"):
        parse(rezipped(FILES[file], name, body[:at] + doctype + body[at:]))


def test_entities_of_pages_lead_nowhere() -> None:
    page = b'<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname">]><html><p>\xe6\x96\x87&x;</p></html>'
    document = parse(page)
    assert "localhost" not in str(document.blocks)


@pytest.mark.parametrize("tag", ["div", "table><tr><td", "ul><li", "span"])
def test_deep_nesting_is_read_or_refused(tag: str) -> None:
    parsed(b"<html><body>" + f"<{tag}>".encode() * 20_000 + "文".encode())


def test_deeply_nested_word_tables_are_read_or_refused() -> None:
    body = part_of(FILES["docx"], "word/document.xml")
    start, end = body.index(b"<w:body>") + 8, body.index(b"</w:body>")
    nested = b"<w:tbl><w:tr><w:tc>" * 600 + b"<w:p/>" + b"</w:tc></w:tr></w:tbl>" * 600
    parsed(rezipped(FILES["docx"], "word/document.xml", body[:start] + nested + body[end:]))


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "图片"),
        (b"Rar!\x1a\x07\x00\x00", "解压"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "程序"),
        (b"   \r\n", "空"),
        (b"%PPF-1.4\n1 0 obj\n<< >>\nendobj\nstartxref\n9\n%%EOF", "PDF已损坏"),
        (bytes(range(1, 128)) * 40, "不是文字"),
    ],
)
def test_other_kinds_of_file_are_refused_with_advice(content: bytes, advice: str) -> None:
    with pytest.raises((UnknownFormat, Damaged), match=advice):
        parse(content)


async def test_the_worker_reads_as_the_reader_does() -> None:
    reading = await read_report(FILES["docx"], "年报.docx", None)
    assert wrong(reading, FORM.values) == {}
    assert reading.year == 2024


async def test_the_worker_hands_back_our_own_errors() -> None:
    with pytest.raises(UnknownFormat, match="解压"):
        await read_report(b"Rar!\x1a\x07\x00\x00")


async def test_a_file_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(Exhausted, match="秒"):
        await Worker(seconds=0.01).read(FILES["pdf"])


async def test_a_file_that_takes_too_much_memory_is_stopped() -> None:
    stream = zlib.compress(bytes(120_000_000), 9)
    bomb = FILES["pdf"].replace(b"<< /Length", b"<< /Filter /FlateDecode /Length", 1)
    start = bomb.index(b"stream\n", bomb.index(b"/FlateDecode")) + 7
    bomb = bomb[:start] + stream + bomb[bomb.index(b"\nendstream", start) :]
    with pytest.raises(ReadingError):
        await Worker(memory=64 * 1024 * 1024).read(bomb)


async def test_many_callers_are_served_in_turn_and_too_many_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.reading.worker.WAITING", 2)
    worker = Worker(running=1)
    found = await asyncio.gather(*(worker.read(FILES["html"]) for _ in range(3)), return_exceptions=True)
    assert [isinstance(f, Exhausted) for f in found] == [False, False, True]
    assert all(isinstance(f, Reading) for f in found[:2])


async def test_the_worker_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    from storage.reading import worker

    monkeypatch.setenv("GONGKAI_WECHAT_APP_SECRET", "geheim")
    assert "geheim" not in str(worker._environment("/tmp"))
