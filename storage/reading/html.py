"""Web pages: article text and tables, whatever a content management system or a paste from Word put around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from storage.facts import Finding, Level
from storage.reading.document import Block, Document, Table
from storage.reading.embedded import from_json, from_page
from storage.reading.encoding import declared, decode
from storage.reading.errors import Damaged, TooLarge
from storage.reading.flow import MAX_ROWS, PICTURE, Flow, Para, blocks, clean, place, raised

MAX_NESTED_TABLES = 30
_DROP = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "object",
        "embed",
        "iframe",
        "nav",
        "footer",
        "aside",
        "button",
        "select",
        "map",
        "head",
        "del",
        "s",
        "strike",
        "audio",
        "video",
        "canvas",
    ]
)
_BLOCK = frozenset(
    [
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "section",
        "article",
        "main",
        "header",
        "center",
        "blockquote",
        "pre",
        "form",
        "fieldset",
        "address",
        "caption",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "br",
        "hr",
        "body",
        "html",
        "legend",
        "figure",
        "figcaption",
    ]
)
_HEADING = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)", re.I)
_STRUCK = re.compile(r"text-decoration[^;]*line-through", re.I)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_ATTACHMENT = re.compile(r"\.(?:pdf|docx?|wps|xlsx?|et|ofd|zip|rar)(?:$|[?#])", re.I)


def read_html(content: bytes | str, *, name: str | None = None, url: str | None = None) -> Document:
    """Read a page.

    Hidden parts are left out, unless without them no table remains; then also what scripts would unfold is looked for.

    Raises:
        Damaged: nothing that could be a page.
        TooLarge: nested or filled beyond any page.
    """
    text = content if isinstance(content, str) else decode(content, declared(content))
    root = _parse(from_json(text) or text)
    found = blocks(_Walker(root, keep_hidden=False).flow())
    if not _has_table(found):
        unfolded = from_page(root)
        shown = _parse(unfolded) if unfolded else root
        found = blocks(_Walker(shown, keep_hidden=True).flow())
    return Document(found, _title(root), name, url, "html", tuple(_attachments(root, found)))


def _has_table(found: tuple[Block, ...]) -> bool:
    return any(isinstance(b, Table) for b in found)


def table_flow(markup: str) -> tuple[Block, ...]:
    """The blocks of an HTML fragment inside another format."""
    return blocks(_Walker(_parse(markup), keep_hidden=False).flow())


def _parse(text: str) -> Any:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(text.replace("\x00", "").encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise Damaged("网页内容为空或已损坏，未能读取。") from error
    if root is None:
        raise Damaged("网页内容为空，未能读取。")
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise TooLarge("网页嵌套层数过多，未读取。请另存为Word或PDF后再上传。")
    return root


def _title(root: Any) -> str | None:
    """The article's title: the meta element that government sites must carry (ArticleTitle), else the page's."""
    for meta in root.iter("meta"):
        if (meta.get("name") or "").lower() == "articletitle" and (title := clean(meta.get("content") or "")):
            return title
    for element in root.iter("title"):
        if title := clean(_SPACE.sub(" ", "".join(element.itertext()))):
            return title
    return None


def _attachments(root: Any, found: tuple[Block, ...]) -> Iterator[Finding]:
    """Where the page has no table, the report may be a file behind a link: say which."""
    if _has_table(found):
        return
    links = [
        (clean("".join(a.itertext())) or a.get("href"), a.get("href"))
        for a in root.iter("a")
        if _ATTACHMENT.search(a.get("href") or "")
    ]
    if links:
        listed = "；".join(f"{text[:60]}（{href[:200]}）" for text, href in links[:5])
        yield Finding(Level.WARNING, "read.attachment", f"网页正文里没有表格，报告可能在附件中，请改读附件：{listed}")


class _Walker:
    """Walks the tree without recursion and keeps the open tables and cells on a stack."""

    def __init__(self, root: Any, *, keep_hidden: bool) -> None:
        self.root = root
        self.keep_hidden = keep_hidden
        self.content: list[list[Flow]] = [[]]
        self.tables: list[list[list[tuple[list[Flow], int, int]]]] = []
        self.open_cells: list[int] = []
        self.buffer: list[str] = []
        self.heading = 0
        self.preformatted = 0
        self.raised: list[int] = []

    def flow(self) -> list[Flow]:
        """The content of the page."""
        walk = etree.iterwalk(self.root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            if event == "start":
                if self._dropped(tag, element):
                    walk.skip_subtree()
                    continue
                self._start(tag, element)
                self._text(element.text)
            else:
                if not self._dropped(tag, element):
                    self._end(tag, element)
                self._text(element.tail)
        while self.tables:
            self._end_table()
        self._flush()
        return self.content[0]

    def _dropped(self, tag: str, element: Any) -> bool:
        if tag in _DROP:
            return True
        style = element.get("style")
        if style and _STRUCK.search(style):
            return True
        return not self.keep_hidden and (
            element.get("hidden") is not None
            or bool(style and _HIDDEN.search(style))
            or (tag == "input" and element.get("type", "").lower() == "hidden")
        )

    def _start(self, tag: str, element: Any) -> None:
        if tag in _BLOCK:
            self._flush()
            self.heading += tag in _HEADING
            self.preformatted += tag == "pre"
        elif tag == "table":
            self._flush()
            if len(self.tables) < MAX_NESTED_TABLES:
                self.tables.append([])
                self.open_cells.append(0)
        elif tag in ("tr", "td", "th"):
            self._start_cell(tag, element)
        elif tag in ("sup", "sub"):
            self.raised.append(len(self.buffer))
        elif tag == "input" and element.get("type", "text").lower() in ("text", "number"):
            self._text(element.get("value"))
        elif tag == "img" and self.open_cells and self.open_cells[-1]:
            self.buffer.append(PICTURE)

    def _start_cell(self, tag: str, element: Any) -> None:
        if not self.tables:
            self._flush()
            return
        self._close_cell()
        rows = self.tables[-1]
        if tag == "tr" or not rows:
            rows.append([])
            if len(rows) > MAX_ROWS:
                raise TooLarge(f"表格超过{MAX_ROWS}行，不像是年度报告，未读取。")
        if tag != "tr":
            content: list[Flow] = []
            rows[-1].append((content, _span(element, "rowspan"), _span(element, "colspan")))
            self.content.append(content)
            self.open_cells[-1] = 1

    def _end(self, tag: str, element: Any) -> None:
        if tag in _BLOCK:
            self._flush()
            self.heading -= tag in _HEADING
            self.preformatted -= tag == "pre"
        elif tag == "table" and self.tables:
            self._end_table()
        elif tag in ("td", "th", "tr") and self.tables:
            self._close_cell()
        elif tag in ("sup", "sub") and self.raised:
            start = self.raised.pop()
            text = "".join(self.buffer[start:])
            del self.buffer[start:]
            self.buffer.append(raised(text))

    def _close_cell(self) -> None:
        self._flush()
        if self.open_cells[-1]:
            self.open_cells[-1] = 0
            content = self.content.pop()
            texts = [p for p in content if isinstance(p, Para) and p.text != PICTURE]
            if texts:
                for para in content:
                    if isinstance(para, Para):
                        para.text = para.text.replace(PICTURE, "")

    def _end_table(self) -> None:
        self._close_cell()
        self.open_cells.pop()
        table = place(self.tables.pop())
        if table.cells:
            self.content[-1].append(table)

    def _text(self, text: str | None) -> None:
        if text:
            self.buffer.append(text if self.preformatted else _SPACE.sub(" ", text))

    def _flush(self) -> None:
        text = "".join(self.buffer)
        self.buffer.clear()
        self.raised = [0] * len(self.raised)
        if not self.preformatted:
            text = re.sub(" +", " ", text)
        if text := clean(text):
            self.content[-1].append(Para(text, self.heading > 0))


def _span(element: Any, name: str) -> int:
    """The span as browsers read it: leading digits, 1 where there are none."""
    match = re.match(r"\s*\+?(\d{1,6})", element.get(name) or "")
    return int(match.group(1)) if match else 1
