"""A file as blocks of text and tables, whatever format it came in; what readers hand to alignment.

Readers (HTML, DOCX, XLSX, PDF, Markdown, text) keep what the file holds and interpret nothing: no label is looked for,
no number parsed. Alignment never sees the format.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.facts import Finding, Place


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters with its horizontal extent on the page (points), for text whose borders are lost."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line or paragraph of running text.

    Attributes:
        text: as in the file, inner white space kept, ends stripped.
        place: where it stands.
        heading: the file itself marks it as a title or heading.
        words: positions, from formats that know them (PDF), else empty.
    """

    text: str
    place: Place
    heading: bool = False
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a table with the rectangle that it covers.

    `row` and `column` count from zero within the table, `row_span` and `column_span` are at least one. `box` is where
    it stands on its page: left, top, right, bottom as parts of its width and height; only PDF knows it.
    """

    text: str
    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    place: Place = field(default_factory=Place)
    box: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose cells the file itself delimits (markup, ruled lines, worksheet cells, pipes).

    Attributes:
        cells: anchors only, in reading order; a covered position belongs to the anchor that spans it.
        place: page and number of the table.
        exact: the delimiters place each cell in its true column. False for pipe text that dropped merged cells, where
            only the order within a row can be trusted.
    """

    cells: tuple[GridCell, ...]
    place: Place = field(default_factory=Place)
    exact: bool = True

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return (
            max((c.row + c.row_span for c in self.cells), default=0),
            max((c.column + c.column_span for c in self.cells), default=0),
        )


Block = Line | Table


@dataclass(frozen=True, slots=True)
class Document:
    """The blocks of a file in reading order, with what the readers themselves had to doubt."""

    blocks: tuple[Block, ...]
    title: str | None = None
    name: str | None = None
    url: str | None = None
    format: str = "text"
    findings: tuple[Finding, ...] = ()
