"""Markdown, as converters leave it: headings, emphasis, piped tables, HTML tables in between."""

from __future__ import annotations

import re
from collections.abc import Iterator

from storage.reading.document import Block, GridCell, Table
from storage.reading.flow import raised
from storage.reading.html import table_flow
from storage.reading.text import line_blocks

_HTML_TABLE = re.compile(r"<table\b.*?(?:</table\s*>|\Z)", re.I | re.S)
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_STRUCK = re.compile(r"~~(?=\S)(.+?)~~")
_RAISED = re.compile(r"<su[pb]>(.*?)</su[pb]>", re.I)
_BREAK = re.compile(r"<br\s*/?>", re.I)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~])")


def read_markdown(text: str) -> tuple[Block, ...]:
    """The blocks of a Markdown file; line numbers are those of the file."""
    blocks: list[Block] = []
    at = line = 0
    for match in _HTML_TABLE.finditer(text):
        blocks += line_blocks(_lines(text[at : match.start()], line))
        line += text.count("\n", at, match.start())
        blocks += table_flow(match.group())
        line += match.group().count("\n")
        at = match.end()
    blocks += line_blocks(_lines(text[at:], line))
    return tuple(_renumbered(blocks))


def _lines(text: str, before: int) -> Iterator[tuple[int, str, bool]]:
    for number, line in enumerate(text.split("\n"), before + 1):
        heading = _HEADING.match(line)
        yield number, _plain(line[heading.end() :] if heading else line), heading is not None


def _plain(line: str) -> str:
    line = _STRUCK.sub("", line.rstrip("\r"))
    line = _RAISED.sub(lambda m: raised(m.group(1)), line)
    line = _BREAK.sub(" ", line).replace("&nbsp;", " ").replace("&emsp;", " ")
    line = _EMPHASIS.sub(r"\2", line)
    return _ESCAPE.sub(r"\1", _LINK.sub(r"\1", line))


def _renumbered(blocks: list[Block]) -> Iterator[Block]:
    """Tables counted through the file."""
    number = 0
    for block in blocks:
        if isinstance(block, Table):
            number += 1
            cells = tuple(
                GridCell(
                    c.text, c.row, c.column, c.row_span, c.column_span, type(c.place)(
                        None, number, c.place.row, c.place.column, c.place.line
                    )
                )
                for c in block.cells
            )  # fmt: skip
            yield Table(cells, type(block.place)(table=number, line=block.place.line), block.exact)
        else:
            yield block
