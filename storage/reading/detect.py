"""What kind of file it is, by content and never by name: files get renamed, web pages are saved as .doc or .xls."""

from __future__ import annotations

import re
from enum import StrEnum

from storage.reading.archive import Archive
from storage.reading.encoding import declared, decode
from storage.reading.errors import Damaged, UnknownFormat


class Kind(StrEnum):
    """The kinds that are read. `OFFICE`: by way of LibreOffice. `SHEET`: any workbook of Excel, WPS or OpenDocument."""

    HTML = "html"
    MHTML = "mhtml"
    DOCX = "docx"
    SHEET = "xlsx"
    PDF = "pdf"
    OFFICE = "office"
    MARKDOWN = "markdown"
    TEXT = "text"


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"II*\x00", "图片"),
    (b"MM\x00*", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"MZ", "程序"),
    (b"\x7fELF", "程序"),
)
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_LEAST_TEXT = 200
"""Characters of text for each control character; a file with more of those is no text."""
_ADVICE = {
    "图片": "文件是图片，里面没有文字可读。请上传Word、Excel、网页或带文字的PDF。",
    "压缩包": "文件是压缩包，请解压后上传其中的报告。",
    "程序": "文件是程序，不是报告。",
}
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*\?>\s*)?<(?:!doctype\s+html|html|head|body|meta|table|div|p|h[1-6]|title|style|span"
    r"|article|section|center|font)\b|\s*<!--",
    re.I,
)
_TABLE = re.compile(r"<table\b.*?<t[dh]\b", re.I | re.S)
_TAGS = re.compile(r"</?(?:p|div|td|tr|span|br|table|html|body)\b", re.I)
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|\s*\|?\s*:?-{3,}:?\s*\|[\s|:\-]*$|.*\*\*\S.*?\*\*)", re.M)


def detect(content: bytes) -> Kind:
    """The kind of a file.

    Raises:
        UnknownFormat: a kind that holds no report, with what to do instead.
        Damaged: empty, or a broken container.
        TooLarge: a ZIP bomb.
    """
    if not content.strip(b"\x00 \r\n\t"):
        raise Damaged("文件是空的。")
    if b"%PDF-" in content[:1024]:
        return Kind.PDF
    if content.startswith(b"PK\x03\x04"):
        return _container(content)
    if content.startswith(_OLE):
        return _compound(content)
    if content.startswith(b"{\\rtf"):
        return Kind.OFFICE
    for magic, kind in _REFUSED:
        if content.startswith(magic) and not _looks_like_text(content):
            raise UnknownFormat(_ADVICE[kind])
    return _text_kind(content)


def _looks_like_text(content: bytes) -> bool:
    return not any(b < 9 for b in content[:512])


def _container(content: bytes) -> Kind:
    names = Archive(content).names
    if any(n.startswith("word/") and n.endswith(".xml") for n in names):
        return Kind.DOCX
    if any(n.startswith("xl/workbook") for n in names):
        return Kind.SHEET
    if "mimetype" in names:
        kind = Archive(content).read("mimetype", 200).decode("ascii", "replace")
        if "spreadsheet" in kind:
            return Kind.SHEET
        if "opendocument.text" in kind:
            return Kind.OFFICE
    if "OFD.xml" in names:
        raise UnknownFormat("文件是OFD版式文件，暂不能读取。请用阅读器另存为PDF，或上传Word原稿。")
    if any(n.startswith("ppt/") for n in names):
        raise UnknownFormat("文件是演示文稿，不是年度报告。请上传Word、Excel、PDF或网页。")
    raise UnknownFormat(_ADVICE["压缩包"])


def _compound(content: bytes) -> Kind:
    """An old binary office file, told apart by the names of its streams."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in content

    if holds("EncryptedPackage") or holds("EncryptionInfo"):
        raise Damaged("文件设置了打开密码，无法读取。请取消密码后再上传。")
    if holds("WordDocument"):
        return Kind.OFFICE
    if holds("Workbook") or holds("Book"):
        return Kind.SHEET
    if holds("PowerPoint Document"):
        raise UnknownFormat("文件是演示文稿，不是年度报告。请上传Word、Excel、PDF或网页。")
    return Kind.OFFICE


def _text_kind(content: bytes) -> Kind:
    if b"\nendobj" in content or b"\nstartxref" in content:
        raise Damaged("PDF已损坏，文件头不对，无法读取。请重新导出后再上传。")
    if re.match(rb"\s*(?:From:|MIME-Version:|Content-Type:)", content[:300], re.I) and b"multipart/" in content[:4096]:
        return Kind.MHTML
    head = decode(content, declared(content))[:2_000_000].lstrip("\ufeff")
    if len(_CONTROLS.findall(head)) > max(2, len(head) // _LEAST_TEXT):
        raise UnknownFormat("文件内容不是文字，可能已损坏。请上传网页、Word、Excel、PDF或文本文件。")
    if head.lstrip().startswith("<?xml") and ("<?mso-application" in head[:1000] or "office:document" in head[:3000]):
        return Kind.OFFICE
    if _PAGE.match(head) or re.search(r"<html\b|<body\b", head[:20_000], re.I):
        return Kind.HTML
    if head.lstrip().startswith(("{", "[")) and _TAGS.search(head):
        return Kind.HTML
    if _TABLE.search(head):
        return Kind.HTML if len(_TAGS.findall(_outside_tables(head))) > 3 else Kind.MARKDOWN
    marked = _MARKDOWN.search(head) is not None
    if sum(not (marked and tag.lower().startswith("<br")) for tag in _TAGS.findall(head[:50_000])) > 8:
        return Kind.HTML
    return Kind.MARKDOWN if marked else Kind.TEXT


def _outside_tables(text: str) -> str:
    return re.sub(r"<table\b.*?(?:</table\s*>|\Z)", "", text, flags=re.I | re.S)
