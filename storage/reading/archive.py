"""ZIP containers (DOCX, XLSX, ODF) opened with limits: number of entries, declared and real expansion."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from lxml import etree

from storage.reading.errors import Damaged, TooLarge

MAX_ENTRIES = 5_000
MAX_EXPANDED = 120 * 1024 * 1024
MAX_PART = 48 * 1024 * 1024
MAX_RATIO = 400
"""Markup compresses twenty to fifty times; a thousand times is a bomb."""
_ENTITIES = "文件内部含有不允许的实体声明，未读取。"
_CHUNK = 1 << 18


class Archive:
    """A ZIP container whose parts are read within limits."""

    def __init__(self, content: bytes) -> None:
        """Open.

        Raises:
            Damaged: not a readable ZIP.
            TooLarge: too many entries or too much declared content.
        """
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            infos = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, EOFError, OSError) as error:
            raise Damaged("文件已损坏或不完整，无法打开。请重新导出后再上传。") from error
        declared = sum(info.file_size for info in infos)
        if len(infos) > MAX_ENTRIES or declared > max(MAX_EXPANDED, 2 * len(content)):
            raise TooLarge("文件解压后过大，可能是压缩炸弹，未读取。")
        self.names = frozenset(info.filename for info in infos)

    def read(self, name: str, limit: int = MAX_PART) -> bytes:
        """One part, its real expansion checked while it is unpacked.

        Raises:
            Damaged: the part is missing, broken or encrypted.
            TooLarge: it expands beyond the limit.
        """
        parts: list[bytes] = []
        size = 0
        try:
            info = self._zip.getinfo(name)
            with self._zip.open(info) as part:
                while chunk := part.read(_CHUNK):
                    size += len(chunk)
                    if size > limit or size > max(1 << 20, info.compress_size * MAX_RATIO):
                        raise TooLarge("文件解压后过大，可能是压缩炸弹，未读取。")
                    parts.append(chunk)
        except (KeyError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as error:
            raise Damaged(f"文件已损坏或加了密码，内部的{name[:60]}无法读取。") from error
        except NotImplementedError as error:
            raise Damaged("文件使用了不支持的压缩方式，请用Word或WPS另存后再上传。") from error
        return b"".join(parts)

    def check_all(self) -> None:
        """Unpack everything once and throw it away: for libraries that open the container themselves.

        Raises:
            Damaged: a part is broken.
            TooLarge: together they expand beyond the limit.
        """
        left = MAX_EXPANDED
        for name in self.names:
            if not name.endswith("/"):
                content = self.read(name, left)
                left -= len(content)
                if name.endswith((".xml", ".rels", ".vml")) and _declares_type(content):
                    raise Damaged(_ENTITIES)

    def xml(self, name: str) -> Any:
        """A part parsed as XML: no DTD, no entities, no network.

        Raises:
            Damaged: not well-formed, or with a document type, which office formats never have.
            TooLarge: it expands beyond the limit.
        """
        return parse_xml(self.read(name))


def parse_xml(content: bytes) -> Any:
    """XML from an untrusted file.

    Raises:
        Damaged: not well-formed, nested too deep, or with a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    if _declares_type(content):
        raise Damaged(_ENTITIES)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Damaged("文件内部的XML已损坏，无法读取。请用Word或WPS重新保存后再上传。") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Damaged(_ENTITIES)
    return root


def _declares_type(content: bytes) -> bool:
    head = content[:65536].replace(b"\x00", b"")
    return b"<!DOCTYPE" in head or b"<!ENTITY" in head
