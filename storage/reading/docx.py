"""Word files (DOCX, also as WPS writes them): paragraphs, tables with merged cells, text boxes, nested tables.

Read as a reader sees it: tracked deletions, hidden and struck text, field codes and comments are left out.
"""

from __future__ import annotations

from typing import Any

from storage.facts import Finding, Level
from storage.reading.archive import Archive
from storage.reading.document import Document
from storage.reading.errors import Damaged
from storage.reading.flow import MAX_SPAN, PICTURE, Flow, FlowCell, FlowTable, Para, blocks, clean, raised
from storage.reading.numbering import Numbering

_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "_rels/.rels"
_SKIP = frozenset(
    [
        "del",
        "moveFrom",
        "instrText",
        "delText",
        "delInstrText",
        "rPr",
        "pPr",
        "tblPr",
        "tblGrid",
        "trPr",
        "tcPr",
        "sectPr",
        "proofErr",
        "commentReference",
        "footnoteReference",
        "endnoteReference",
        "annotationRef",
        "sdtPr",
        "sdtEndPr",
        "tblPrEx",
    ]
)
_OFF = frozenset({"0", "false", "off", "none"})


def read_docx(content: bytes, *, name: str | None = None, url: str | None = None) -> Document:
    """Read a Word file.

    Raises:
        Damaged: no document inside, or not readable.
        TooLarge: it expands beyond the limits.
    """
    archive = Archive(content)
    root = archive.xml(_main_part(archive))
    body = next((e for e in root.iter() if _name(e) == "body"), None)
    if body is None:
        raise Damaged("Word文件里没有正文，可能已损坏。请重新保存后再上传。")
    reader = _Reader(Numbering.of(archive))
    found = blocks(reader.flow(body))
    return Document(found, _core_title(archive), name, url, "docx", tuple(reader.findings))


def _main_part(archive: Archive) -> str:
    if _RELATIONS in archive.names:
        for relation in archive.xml(_RELATIONS):
            if str(relation.get("Type", "")).endswith("/officeDocument"):
                target = str(relation.get("Target", "")).lstrip("/")
                if target in archive.names:
                    return target
    return "word/document.xml"


def _core_title(archive: Archive) -> str | None:
    """The title property; Word fills it from the first line or from an old template, so it is only a hint."""
    if "docProps/core.xml" not in archive.names:
        return None
    for element in archive.xml("docProps/core.xml").iter("{http://purl.org/dc/elements/1.1/}title"):
        return clean(element.text or "") or None
    return None


def _name(element: Any) -> str:
    """The local name; empty for what is not an element."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def _get(element: Any, name: str) -> str | None:
    value = element.get(f"{{{_W}}}{name}", element.get(f"{{{_STRICT}}}{name}"))
    return None if value is None else str(value)


def _child(element: Any, *path: str) -> Any:
    for name in path:
        element = next((e for e in element if _name(e) == name), None)
        if element is None:
            return None
    return element


def _is_on(properties: Any, *names: str) -> bool:
    """Whether a toggle property is set and not switched off."""
    for name in names:
        found = _child(properties, name) if properties is not None else None
        if found is not None and (_get(found, "val") or "true") not in _OFF:
            return True
    return False


def _int(element: Any, default: int) -> int:
    try:
        return int(_get(element, "val") or default) if element is not None else default
    except ValueError:
        return default


class _Reader:
    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering
        self.findings: list[Finding] = []

    def flow(self, container: Any) -> list[Flow]:
        """Paragraphs and tables below an element, content controls and insertions opened."""
        out: list[Flow] = []
        for element in container:
            name = _name(element)
            if name == "p":
                out += self._paragraph(element)
            elif name == "tbl":
                table = self._table(element)
                if table.cells:
                    out.append(table)
            elif name == "altChunk":
                self._note("read.embedded", "Word文件里嵌入了另一份文档，其内容没有读取。")
            elif name == "AlternateContent":
                out += self.flow(_alternative(element))
            elif name and name not in _SKIP:
                out += self.flow(element)
        return out

    def _note(self, code: str, message: str) -> None:
        if all(f.code != code for f in self.findings):
            self.findings.append(Finding(Level.WARNING, code, message))

    def _paragraph(self, paragraph: Any) -> list[Flow]:
        texts: list[str] = []
        boxes: list[Flow] = []
        self._inline(paragraph, texts, boxes)
        properties = _child(paragraph, "pPr")
        text = "".join(texts)
        if properties is not None and text.strip():
            text = self.numbering.label(properties) + text
        style = _child(properties, "pStyle") if properties is not None else None
        heading = style is not None and self.numbering.is_heading(_get(style, "val") or "")
        out: list[Flow] = [Para(text, heading)] if text.strip() else []
        return out + boxes

    def _inline(self, parent: Any, texts: list[str], boxes: list[Flow]) -> None:
        for element in parent:
            name = _name(element)
            if name == "r":
                self._run(element, texts, boxes)
            elif name == "AlternateContent":
                self._inline(_alternative(element), texts, boxes)
            elif name == "txbxContent":
                boxes += self.flow(element)
            elif name == "t":
                texts.append(element.text or "")
            elif name and name not in _SKIP:
                self._inline(element, texts, boxes)

    def _run(self, run: Any, texts: list[str], boxes: list[Flow]) -> None:
        properties = _child(run, "rPr")
        if _is_on(properties, "vanish", "webHidden", "strike", "dstrike", "del"):
            return
        own: list[str] = []
        for element in run:
            self._run_part(element, own, boxes)
        text = "".join(own)
        lift = _child(properties, "vertAlign") if properties is not None else None
        if lift is not None and _get(lift, "val") in ("superscript", "subscript"):
            text = raised(text)
        texts.append(text)

    def _run_part(self, element: Any, own: list[str], boxes: list[Flow]) -> None:
        name = _name(element)
        if name == "t":
            own.append(element.text or "")
        elif name in ("tab", "ptab"):
            own.append("\t")
        elif name in ("br", "cr"):
            own.append("\n")
        elif name == "noBreakHyphen":
            own.append("-")
        elif name in ("drawing", "pict", "object", "AlternateContent"):
            before = len(boxes)
            found: list[str] = []
            inner = _alternative(element) if name == "AlternateContent" else element
            self._inline(inner, found, boxes)
            if len(boxes) == before and not "".join(found).strip():
                own.append(PICTURE)
            if name == "object":
                self._note("read.embedded", "Word文件里嵌入了对象（如Excel表格），其内容没有读取。")
        elif name == "ruby":
            self._inline(_child(element, "rubyBase") if _child(element, "rubyBase") is not None else [], own, boxes)
        elif name == "sym":
            own.append("□")

    def _table(self, table: Any) -> FlowTable:
        cells: list[FlowCell] = []
        open_merges: dict[int, FlowCell] = {}
        row = 0
        for element in _rows(table):
            properties = _child(element, "trPr")
            if properties is not None and _child(properties, "del") is not None:
                continue
            self._row(element, row, cells, open_merges)
            row += 1
        return FlowTable(cells)

    def _row(self, element: Any, row: int, cells: list[FlowCell], merges: dict[int, FlowCell]) -> None:
        properties = _child(element, "trPr")
        before = _child(properties, "gridBefore") if properties is not None else None
        column = min(max(_int(before, 0), 0), MAX_SPAN)
        left: FlowCell | None = None
        for cell in _cells(element):
            if column >= MAX_SPAN:
                break
            cell_properties = _child(cell, "tcPr")
            span = min(max(_int(_prop(cell_properties, "gridSpan"), 1), 1), MAX_SPAN - column)
            upright, across = _prop(cell_properties, "vMerge"), _prop(cell_properties, "hMerge")
            anchor = merges.get(column)
            if across is not None and _get(across, "val") != "restart" and left is not None:
                left.column_span += span
            elif (
                upright is not None
                and _get(upright, "val") != "restart"
                and anchor is not None
                and anchor.row + anchor.row_span == row
            ):
                anchor.row_span += 1
                left = anchor
            else:
                left = FlowCell(row, column, 1, span, self._cell_flow(cell, cell_properties))
                cells.append(left)
                merges[column] = left
                if upright is None:
                    merges.pop(column)
            column += span

    def _cell_flow(self, cell: Any, properties: Any) -> list[Flow]:
        if _prop(properties, "cellDel") is not None:
            return []
        content = self.flow(cell)
        if any(isinstance(p, FlowTable) or p.text.replace(PICTURE, "").strip() for p in content):
            for item in content:
                if isinstance(item, Para):
                    item.text = item.text.replace(PICTURE, "")
        return content


def _prop(properties: Any, name: str) -> Any:
    return None if properties is None else _child(properties, name)


def _rows(table: Any) -> list[Any]:
    """Rows of this table only, content controls and insertions opened."""
    return _opened(table, "tr", ("tbl",))


def _cells(row: Any) -> list[Any]:
    return _opened(row, "tc", ("tbl", "tr"))


def _opened(parent: Any, wanted: str, stop: tuple[str, ...]) -> list[Any]:
    found: list[Any] = []
    for element in parent:
        name = _name(element)
        if name == wanted:
            found.append(element)
        elif name and name not in _SKIP and name not in stop:
            found += _opened(element, wanted, stop)
    return found


def _alternative(element: Any) -> Any:
    """The branch of an AlternateContent that holds text: the choice, or the fallback if only that does."""
    branches = [e for e in element if _name(e) in ("Choice", "Fallback")]
    for branch in branches:
        if any(_name(e) in ("t", "tbl") for e in branch.iter()):
            return branch
    return branches[0] if branches else []
