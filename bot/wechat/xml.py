"""Reading pushes and writing replies as XML (or JSON), without trusting either side's text. Pure.

WeChat does not clean what people type: control characters arrive inside CDATA and would stop any strict parser.
There is no DTD and no entity in a push; a body that brings one is not WeChat's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

Fields = dict[str, Any]
"""Elements by name: text, nested `Fields`, or a list of either where a nested element repeats."""

_PROLOG = re.compile(r"\s*(?:<\?xml[^<>]*\?>\s*)?(?=<[A-Za-z])")
"""What may stand before the root element. A DTD can only stand here, so nothing else is let through."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 forbids."""
_ENCRYPT = re.compile(rb"<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt>")
"""`Encrypt` as WeChat writes it; the plain text of compatible mode may hold a false one, then the parser decides."""
_TEXT_PUSH = re.compile(
    r"<xml>\s*<ToUserName><!\[CDATA\[([^\]\r]*)\]\]></ToUserName>"
    r"\s*<FromUserName><!\[CDATA\[([^\]\r]*)\]\]></FromUserName>"
    r"\s*<CreateTime>(\d+)</CreateTime>"
    r"\s*<MsgType><!\[CDATA\[(text)\]\]></MsgType>"
    r"\s*<Content><!\[CDATA\[([^\]\r]*)\]\]></Content>"
    r"\s*<MsgId>(\d+)</MsgId>"
    r"\s*(?:<bizmsgmenuid><!\[CDATA\[([^\]\r]*)\]\]></bizmsgmenuid>\s*)?</xml>\s*",
    re.ASCII,
)
"""A text message as WeChat writes it (接收普通消息·文本消息), with nothing in it that a parser would have to decide."""
_TEXT_FIELDS = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "bizmsgmenuid")
_MAX_DEPTH = 16
_PARSER = etree.XMLParser(
    encoding="utf-8",
    recover=True,
    resolve_entities=False,
    load_dtd=False,
    no_network=True,
    remove_comments=True,
    remove_pis=True,
    huge_tree=False,
)


class Malformed(ValueError):
    """The body is neither a push in XML nor one in JSON."""


def clean(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids, none of which is printable."""
    if text.replace("\n", "").replace("\u3000", "").isprintable():
        return text
    return _ILLEGAL.sub("", text)


def is_json(body: bytes) -> bool:
    """Whether a push came as JSON: its first character that is not blank is `{`."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def read(body: bytes) -> Fields:
    """The elements below the root of a push.

    At the top an element that repeats counts once, the first time: WeChat writes its own elements before what a
    person typed, so text that breaks out of its CDATA section replaces nothing.
    Broken markup is read as far as it goes.

    Raises:
        Malformed: no elements can be read from it, or it begins with anything but a root element.
    """
    text = clean(body.decode("utf-8", "replace")).lstrip("\ufeff")
    if is_json(body):
        return _read_json(text)
    prolog = _PROLOG.match(text)
    if prolog is None:
        raise Malformed("the body does not begin with an element")
    usual = _TEXT_PUSH.fullmatch(text, prolog.end())
    if usual is not None:
        return {name: value for name, value in zip(_TEXT_FIELDS, usual.groups(), strict=True) if value is not None}
    try:
        root = etree.fromstring(text[prolog.end() :].encode(), _PARSER)
    except etree.XMLSyntaxError as error:
        raise Malformed("the body is not XML") from error
    if root is None or len(root) == 0:
        raise Malformed("the body has no elements")
    fields: Fields = {}
    for child in root:
        if isinstance(child.tag, str):
            fields.setdefault(child.tag, _value(child, 1))
    return fields


def encrypted_part(body: bytes) -> str:
    """The text of `Encrypt` in the outer form of a push.

    Raises:
        Malformed: see `read`.
    """
    found = _ENCRYPT.findall(body)
    return found[0].decode() if len(found) == 1 else text_of(read(body), "Encrypt")


def _value(element: Any, depth: int) -> Any:
    if len(element) == 0 or depth >= _MAX_DEPTH:
        return element.text or ""
    fields: Fields = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        value = _value(child, depth + 1)
        if child.tag not in fields:
            fields[child.tag] = value
        elif isinstance(fields[child.tag], list):
            fields[child.tag].append(value)
        else:
            fields[child.tag] = [fields[child.tag], value]
    return fields


def _read_json(text: str) -> Fields:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is not JSON") from error
    if not isinstance(loaded, dict):
        raise Malformed("the body is not a JSON object")
    fields: Fields = _plain(loaded, 0)
    return fields


def _plain(value: Any, depth: int) -> Any:
    """JSON values as the XML form has them: text, nested fields, lists."""
    if depth >= _MAX_DEPTH:
        return ""
    if isinstance(value, dict):
        return {clean(k): _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v, depth + 1) for v in value]
    return "" if value is None else clean(str(value))


def text_of(fields: Mapping[str, Any], name: str) -> str:
    """The text of an element; empty where it is missing or not text."""
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def int_of(fields: Mapping[str, Any], name: str) -> int:
    """The number in an element; 0 where there is none."""
    text = text_of(fields, name).strip()
    digits = text[1:] if text[:1] == "-" else text
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 20 else 0


def float_of(fields: Mapping[str, Any], name: str) -> float | None:
    """The decimal number in an element, `None` where there is none."""
    text = text_of(fields, name).strip()
    return float(text) if re.fullmatch(r"-?\d{1,9}(\.\d{1,12})?", text, re.ASCII) else None


def fields_of(fields: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The nested element at `path`; empty where it is missing."""
    for name in path:
        value = fields.get(name)
        if not isinstance(value, dict):
            return {}
        fields = value
    return fields


def list_of(fields: Mapping[str, Any], name: str) -> list[Any]:
    """The values of an element that may repeat: one of them arrives alone, several as a list."""
    value = fields.get(name)
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def cdata(text: str) -> str:
    """A CDATA section with `text`; `]]>` in it is split over two sections."""
    return cdata_of_clean(clean(text))


def cdata_of_clean(text: str) -> str:
    """The same of a text that is `clean` already, as all that was `read` is."""
    if "]]>" in text:
        text = text.replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{text}]]>"


def write(fields: Mapping[str, Any]) -> bytes:
    """`<xml>` with `fields` inside: text in CDATA, numbers bare, mappings and lists nested."""
    return f"<xml>{_elements(fields)}</xml>".encode()


def _elements(fields: Mapping[str, Any]) -> str:
    parts = []
    for name, value in fields.items():
        for one in value if isinstance(value, tuple | list) else (value,):
            if isinstance(one, str):
                parts.append(f"<{name}>{cdata(one)}</{name}>")
            elif isinstance(one, int):
                parts.append(f"<{name}>{one}</{name}>")
            else:
                parts.append(f"<{name}>{_elements(one)}</{name}>")
    return "".join(parts)


def write_json(fields: Mapping[str, Any]) -> bytes:
    """The same fields as a JSON object, Chinese not escaped."""
    return json.dumps(_clean_all(fields), ensure_ascii=False, separators=(",", ":")).encode()


def _clean_all(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {k: _clean_all(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_clean_all(v) for v in value]
    return value
