"""A file of any readable kind to a `Document`: the one entry to all readers."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable

from storage.reading.detect import Kind, detect
from storage.reading.document import Document
from storage.reading.docx import read_docx
from storage.reading.encoding import declared, decode
from storage.reading.errors import Damaged, NoText, ReadingError, TooLarge
from storage.reading.html import read_html
from storage.reading.markdown import read_markdown
from storage.reading.text import read_text

MAX_BYTES = 50 * 1024 * 1024

Reader = Callable[[bytes, str | None, str | None], Document]


def parse(content: bytes, *, name: str | None = None, url: str | None = None) -> Document:
    """Read a file into blocks; its kind is recognised by content.

    Raises:
        ReadingError: whatever is wrong with it, in words for staff; nothing else is raised.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(f"文件超过{MAX_BYTES // 1024 // 1024}MB，未读取。")
    try:
        document = _READERS[detect(content)](content, name, url)
    except (ReadingError, MemoryError):
        raise
    except RecursionError as error:
        raise TooLarge("文件内部嵌套层数过多，未读取。") from error
    except Exception as error:  # a file may break any library in any way: the caller must get one kind of error
        raise Damaged(f"文件已损坏或格式异常，未能读取（{type(error).__name__}）。请重新导出后再上传。") from error
    if not document.blocks:
        raise NoText("文件里没有可读的文字。如果是扫描件或图片，请上传Word、Excel、网页或带文字的PDF。")
    return document


def _html(content: bytes, name: str | None, url: str | None) -> Document:
    return read_html(content, name=name, url=url)


def _mhtml(content: bytes, name: str | None, url: str | None) -> Document:
    """A page saved as a single file: its first HTML part."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                charset = part.get_content_charset()
                return read_html(decode(payload, charset or declared(payload)), name=name, url=url)
    raise Damaged("单个文件网页里没有网页内容，未能读取。")


def _docx(content: bytes, name: str | None, url: str | None) -> Document:
    return read_docx(content, name=name, url=url)


def _workbook(content: bytes, name: str | None, url: str | None) -> Document:
    from storage.reading.xlsx import read_workbook

    return read_workbook(content, name=name, url=url)


def _office(content: bytes, name: str | None, url: str | None) -> Document:
    from storage.reading.office import read_office

    return read_office(content, name=name, url=url)


def _pdf(content: bytes, name: str | None, url: str | None) -> Document:
    from storage.reading.pdf import read_pdf

    return read_pdf(content, name=name, url=url)


def _markdown(content: bytes, name: str | None, url: str | None) -> Document:
    return Document(read_markdown(decode(content)), None, name, url, "markdown")


def _text(content: bytes, name: str | None, url: str | None) -> Document:
    return Document(read_text(decode(content)), None, name, url, "text")


_READERS: dict[Kind, Reader] = {
    Kind.HTML: _html,
    Kind.MHTML: _mhtml,
    Kind.DOCX: _docx,
    Kind.SHEET: _workbook,
    Kind.OFFICE: _office,
    Kind.PDF: _pdf,
    Kind.MARKDOWN: _markdown,
    Kind.TEXT: _text,
}
