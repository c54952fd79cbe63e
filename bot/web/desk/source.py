"""The document beside what was read from it: the file's own lines and tables, of a PDF its pages, one cell marked."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from bot.web.auth import Route
from bot.web.desk.common import at, desk, render
from bot.web.permissions import Action
from storage.errors import NotFound, Refused
from storage.facts import Place
from storage.reading.document import Document, GridCell, Line, Table
from storage.reading.page_image import PageImage
from storage.reading.worker import Worker
from storage.reports.versions import cells_of_version, source_file

_KEPT = 6
_KEPT_PAGES = 40
"""Pictures of pages; each takes some 100 KiB."""
_MOST_BLOCKS = 3000


class Documents:
    """The last few documents that were looked at: a version's file never changes, and reading it takes a second."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Document] = OrderedDict()

    async def get(self, sha256: str, content: bytes, name: str, url: str | None) -> Document:
        """The document of this file, read in a worker process where it is not at hand."""
        if sha256 not in self._kept:
            self._kept[sha256] = await Worker.shared().document(content, name=name, url=url)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(sha256)
        return self._kept[sha256]


class Pages:
    """The last few pages that were looked at as pictures."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, tuple[float, ...] | None], PageImage] = OrderedDict()

    async def get(self, sha256: str, content: bytes, number: int, box: tuple[float, ...] | None) -> PageImage:
        """The picture of a page, drawn in a worker process where it is not at hand."""
        key = sha256, number, box
        if key not in self._kept:
            self._kept[key] = await Worker.shared().page(content, number, box)
            while len(self._kept) > _KEPT_PAGES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


PAGES: web.AppKey[Pages] = web.AppKey("page_images", Pages)
DOCUMENTS: web.AppKey[Documents] = web.AppKey("documents", Documents)


@dataclass(frozen=True, slots=True)
class Box:
    """A table cell as the page shows it."""

    text: str
    rows: int
    columns: int
    here: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A line (`rows` is empty) or a table."""

    text: str
    heading: bool
    here: bool
    rows: tuple[tuple[Box, ...], ...] = ()


def blocks(document: Document, place: Place | None) -> list[Block]:
    """The document for the page; the first thing that stands at `place` is marked."""
    found: list[Block] = []
    marked = False
    for block in document.blocks[:_MOST_BLOCKS]:
        if isinstance(block, Line):
            here = not marked and place is not None and _line_is(block, place)
            found.append(Block(block.text, block.heading, here))
        else:
            target = None if marked or place is None else _target(block, place)
            here = target is not None
            found.append(Block("", heading=False, here=False, rows=_rows(block, target)))
        marked = marked or here
    return found


def _line_is(line: Line, place: Place) -> bool:
    return place.line is not None and line.place.line == place.line and line.place.page == place.page


def _target(table: Table, place: Place) -> GridCell | None:
    """The table's cell at the place: the very cell, else the first of its row."""
    same = [c for c in table.cells if _same(c.place, place)]
    exact = (c for c in same if c.place.row == place.row and c.place.column == place.column)
    row = (c for c in same if c.place.row == place.row)
    return next(exact, None) or next(row, None)


def _same(cell: Place, place: Place) -> bool:
    return place.table is not None and cell.table == place.table and cell.page == place.page


def _rows(table: Table, target: GridCell | None) -> tuple[tuple[Box, ...], ...]:
    height, _ = table.size
    rows: list[list[Box]] = [[] for _ in range(height)]
    for cell in table.cells:
        rows[cell.row].append(Box(cell.text, cell.row_span, cell.column_span, cell is target))
    return tuple(tuple(row) for row in rows)


async def page(request: web.Request) -> web.StreamResponse:
    """A piece of a page: the document, with the place of `?cell=` marked. Text only, whatever the file holds."""
    version_id, cell_id = at(request, "version"), request.query.get("cell", "")
    async with desk(request).database.read() as session:
        file = await source_file(session, version_id)
        cell = (await cells_of_version(session, version_id)).get(cell_id)
    try:
        document = await request.config_dict[DOCUMENTS].get(file.sha256, file.content, file.name, file.url)
    except Refused as error:
        return render(request, "source.html", error=str(error))
    place = cell.place if cell else None
    shown = blocks(document, place)
    return render(
        request,
        "source.html",
        blocks=shown,
        error="",
        placed=any(b.here or any(box.here for row in b.rows for box in row) for b in shown),
        cut=len(document.blocks) > _MOST_BLOCKS,
        pages=_page_count(document),
        page=(place.page if place else None) or 1,
        box=_box(document, place) if place else None,
        version=version_id,
        cell=cell_id,
    )


def _page_count(document: Document) -> int:
    """How many pages of a PDF hold something that was read; 0 for what has none."""
    return max((b.place.page or 1 for b in document.blocks), default=0) if document.format == "pdf" else 0


async def picture(request: web.Request) -> web.StreamResponse:
    """A page of a PDF as a picture, with the cell of `?cell=` marked where it stands on it."""
    version_id, number = at(request, "version"), at(request, "page")
    async with desk(request).database.read() as session:
        file = await source_file(session, version_id)
        cell = (await cells_of_version(session, version_id)).get(request.query.get("cell", ""))
    document = await request.config_dict[DOCUMENTS].get(file.sha256, file.content, file.name, file.url)
    if document.format != "pdf":
        raise NotFound("这份文件不是PDF，没有页面图。")
    place = cell.place if cell else None
    box = _box(document, place) if place is not None and place.page == number else None
    image = await request.config_dict[PAGES].get(file.sha256, file.content, number, box)
    return web.Response(body=image.content, content_type="image/png", headers={"Cache-Control": "no-store"})


def _box(document: Document, place: Place) -> tuple[float, ...] | None:
    """Where the cell at a place stands on its page."""
    tables = (b for b in document.blocks if isinstance(b, Table))
    cell = next((c for t in tables if (c := _target(t, place)) is not None), None)
    return cell.box if cell is not None else None


ROUTES = (
    Route("GET", "/reports/{version}/document", page, Action.REPORT_VIEW),
    Route("GET", "/reports/{version}/pages/{page}", picture, Action.REPORT_VIEW),
)
