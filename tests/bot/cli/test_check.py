"""`gongkai check`: what scorers and operators read."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from storage.errors import StorageError
from tests.storage.reading.read_forms import AGENCY, as_docx, as_html, form

FORM = form(2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the same report as a Word file and as a page."""
    (tmp_path / "年报.docx").write_bytes(as_docx(FORM.blocks))
    (tmp_path / "index.html").write_bytes(as_html(FORM.blocks))
    return tmp_path


@pytest.fixture
def site(folder: Path) -> Iterator[str]:
    """The folder served on this machine."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


def checked(source: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["check", source, "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_json_has_every_cell_of_a_file(folder: Path) -> None:
    found = checked(str(folder / "年报.docx"))
    assert (found["agency"], found["year"], found["format"]) == (AGENCY, 2024, "2021")
    assert found["cells"] == {key: float(value) for key, value in FORM.values.items()}
    assert (found["blank"], found["unreadable"]) == ([], [])
    assert set(found) == {
        "agency", "year", "format", "title", "cells", "blank", "unreadable", "figures", "texts", "findings",
    }  # fmt: skip


def test_an_address_is_read_like_a_file(site: str, folder: Path) -> None:
    assert checked(site)["cells"] == checked(str(folder / "index.html"))["cells"]


def test_doubts_are_shown_with_their_place(tmp_path: Path) -> None:
    body = (
        as_html(FORM.blocks)
        .decode()
        .replace("行政许可</td><td rowspan=1 colspan=3>", "行政许可</td><td rowspan=1 colspan=3>约")
    )
    (tmp_path / "a.html").write_text(body, encoding="utf-8")
    found = checked(str(tmp_path / "a.html"))
    assert found["unreadable"] == ["t2.licence"]
    result = CliRunner().invoke(app, ["check", str(tmp_path / "a.html")])
    assert "读不准1格" in result.stdout
    assert "行政许可" in result.stdout


def test_an_unreadable_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    with pytest.raises(StorageError, match="图片"):
        CliRunner().invoke(app, ["check", str(tmp_path / "a.pdf")], catch_exceptions=False)
