"""Automatic numbers of Word paragraphs (一、 （三） 1.) as a reader sees them; the text of the file has none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from storage.reading.archive import Archive

_DIGITS = "〇一二三四五六七八九"
_CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_CHINESE = frozenset(
    {
        "chineseCounting",
        "chineseCountingThousand",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "ideographTraditional",
        "chineseLegalSimplified",
    }
)


@dataclass(slots=True)
class _Level:
    start: int
    format: str
    text: str


@dataclass(slots=True)
class Numbering:
    """The numbering definitions of a Word file, and where each list stands while the file is read in order."""

    lists: dict[str, dict[int, _Level]] = field(default_factory=dict)
    styles: dict[str, tuple[str, int]] = field(default_factory=dict)
    headings: frozenset[str] = frozenset()
    counters: dict[tuple[str, int], int] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, archive: Archive) -> Numbering:
        """Read numbering.xml and styles.xml where they are.

        Raises:
            Damaged: a part is broken.
        """
        numbering = cls()
        if "word/numbering.xml" in archive.names:
            numbering._read_lists(archive.xml("word/numbering.xml"))
        if "word/styles.xml" in archive.names:
            numbering._read_styles(archive.xml("word/styles.xml"))
        return numbering

    def is_heading(self, style: str) -> bool:
        """Whether a paragraph style is a title or heading."""
        return style in self.headings

    def label(self, properties: Any) -> str:
        """The number before a paragraph with these properties; counts it. Empty where there is none."""
        found = self._list_of(properties)
        if found is None:
            return ""
        list_id, depth = found
        levels = self.lists.get(list_id, {})
        level = levels.get(depth)
        if level is None or level.format in ("bullet", "none"):
            return ""
        family = self.families.get(list_id, list_id)
        self.counters[family, depth] = self.counters.get((family, depth), level.start - 1) + 1
        for key in [k for k in self.counters if k[0] == family and k[1] > depth]:
            del self.counters[key]

        def number(match: re.Match[str]) -> str:
            at = int(match.group(1)) - 1
            other = levels.get(at)
            if other is None:
                return ""
            return written(self.counters.get((family, at), other.start), other.format)

        return re.sub(r"%([1-9])", number, level.text)

    def _list_of(self, properties: Any) -> tuple[str, int] | None:
        style = _value(properties, "pStyle")
        inherited = self.styles.get(style or "")
        own = next((e for e in properties if _local(e) == "numPr"), None)
        if own is None:
            return inherited
        list_id = _value(own, "numId") or (inherited[0] if inherited else None)
        if list_id is None or list_id == "0":
            return None
        return list_id, _number(_value(own, "ilvl"), 0)

    def _read_lists(self, root: Any) -> None:
        abstract: dict[str, dict[int, _Level]] = {}
        for element in root:
            if _local(element) == "abstractNum":
                abstract[_attribute(element, "abstractNumId")] = dict(_level(e) for e in element if _local(e) == "lvl")
        for element in root:
            if _local(element) == "num":
                of = _value(element, "abstractNumId") or ""
                list_id = _attribute(element, "numId")
                self.lists[list_id] = dict(abstract.get(of, {}))
                overrides = [e for e in element if _local(e) == "lvlOverride"]
                self.families[list_id] = f"num{list_id}" if overrides else f"abstract{of}"
                for override in overrides:
                    self._override(list_id, override)

    def _override(self, list_id: str, override: Any) -> None:
        depth = _number(_attribute(override, "ilvl"), 0)
        for element in override:
            if _local(element) == "lvl":
                self.lists[list_id].update([_level(element)])
        start = _value(override, "startOverride")
        old = self.lists[list_id].get(depth)
        if start is not None and old is not None:
            self.lists[list_id][depth] = _Level(_number(start, 1), old.format, old.text)

    def _read_styles(self, root: Any) -> None:
        headings = set()
        for style in root:
            if _local(style) != "style":
                continue
            name = _attribute(style, "styleId")
            title = (_value(style, "name") or "").lower()
            if title.startswith(("heading", "title", "标题")):
                headings.add(name)
            paragraph = next((e for e in style if _local(e) == "pPr"), None)
            own = next((e for e in paragraph if _local(e) == "numPr"), None) if paragraph is not None else None
            if own is not None and (list_id := _value(own, "numId")) and list_id != "0":
                self.styles[name] = (list_id, _number(_value(own, "ilvl"), 0))
        self.headings = frozenset(headings)


def written(number: int, style: str) -> str:
    """A number as a list style writes it: 3 -> 三, ③, 3, c, iii."""
    if not 0 <= number < 1000:
        return str(number)
    if style in _CHINESE:
        return chinese(number)
    if style in ("ideographDigital", "japaneseDigitalTenThousand"):
        return "".join(_DIGITS[int(d)] for d in str(number))
    if style in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese") and number < len(_CIRCLED):
        return _CIRCLED[number]
    if style in ("lowerLetter", "upperLetter") and 0 < number <= 26:
        return chr((97 if style == "lowerLetter" else 65) + number - 1)
    if style in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.lower() if style == "lowerRoman" else roman
    return str(number)


def chinese(number: int) -> str:
    """A number below a thousand in Chinese counting: 12 -> 十二, 101 -> 一百零一."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    text = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "") or "〇"


def _roman(number: int) -> str:
    out = ""
    for value, sign in (
        (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
        (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        while number >= value:
            out += sign
            number -= value
    return out


def _local(element: Any) -> str:
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def _attribute(element: Any, name: str) -> str:
    return next((str(v) for k, v in element.attrib.items() if k.rsplit("}", 1)[-1] == name), "")


def _value(parent: Any, name: str) -> str | None:
    found = next((e for e in parent if _local(e) == name), None)
    return None if found is None else _attribute(found, "val")


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else default


def _level(element: Any) -> tuple[int, _Level]:
    start, style = _value(element, "start"), _value(element, "numFmt")
    return _number(_attribute(element, "ilvl"), 0), _Level(
        _number(start, 1), style or "decimal", _value(element, "lvlText") or ""
    )
