"""Whose report a file is and of which year: from its title, its text, its name and its address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from storage.facts import Finding, Level
from storage.reading.document import Document, Line
from storage.reading.labels import fold

_REPORT = (
    r"(?:政府)?信息公开(?:工作)?(?:情况)?(?:的)?(?:年度|年)?(?:工作)?(?:总结)?报告|政府信息公开(?:工作)?年报"
    r"|政务(?:信息)?公开(?:工作)?(?:年度)?(?:总结)?(?:报告|年报)"
)
_YEAR = r"(?P<year>20[0-3]\d)(?:年度?)?"
_TITLES = (
    re.compile(rf"^(?:关于)?(?P<agency>[^\d,。;:!?《》]{{2,40}}?)(?:关于)?{_YEAR}(?:度)?(?:的)?(?:{_REPORT})"),
    re.compile(rf"^{_YEAR}(?P<agency>[^\d,。;:!?《》]{{2,40}}?)(?:{_REPORT})"),
    re.compile(rf"^(?P<agency>[^\d,。;:!?《》]{{2,40}}?)(?:{_REPORT})\({_YEAR}\)"),
    re.compile(rf"^(?P<agency>){_YEAR}(?:{_REPORT})"),
)
_STATED = re.compile(
    rf"(?:公布|现将|发布|编制)(?:了)?(?P<agency>[\u3400-\u9fff()]{{2,30}}?){_YEAR}(?:度)?(?:的)?(?:{_REPORT})"
)
"""A sentence of the opening that names the report: 现公布某某局2021年政府信息公开工作年度报告."""
_HAN_YEAR = re.compile("二[〇零○O]([一二三])([〇零○O一二三四五六七八九])(?=年)")
_HAN_DIGITS = {**dict.fromkeys("〇零○O", "0"), **{c: str(n) for n, c in enumerate("一二三四五六七八九", 1)}}
_AGENCY_LINE = re.compile(r"^[\u3400-\u9fff()]{2,30}(?:局|委|政府|办|办公室|厅|署|中心|院|站|会|队|社|馆|处|部)$")
_REGION = re.compile(r"[\u3400-\u9fff]{2,12}(?:省|市|县|区|州|旗|盟|乡|镇|街道)")
_PERIOD = re.compile(r"(20[0-3]\d)年1月1日(?:起)?[至到—~-]+(?:20[0-3]\d年)?12月31日")
_OPENING = re.compile(rf"^(20[0-3]\d)年度?[,，]|^[^。]*现将[^,。;《》]{{0,30}}?(20[0-3]\d)年度?(?:{_REPORT})")
_NAME_YEAR = re.compile(r"(?<!\d)(20[0-3]\d)(?!\d)")
_SEPARATORS = re.compile(r"[_|\-–—]{1,2}")
_GENERIC = re.compile(
    r"^(?:公布|发布|编制|公开|开展|《)|印发|做好|报送|^(?:本|我|全)?(?:年度|年|区|县|市|省|局|单位|部门|机关|政府|政务)$|^年度?$"
)
_HEAD_LINES = 25
_NAVIGATION = 200
"""Lines before the text of a page at most."""
_FIRST_SECTION = re.compile("一[、.]?总体情况")
_TAIL_LINES = 30
_DATE_LINE = re.compile(r"20\d\d年\d{1,2}月\d{1,2}日|二[〇零O○]二.年.{1,3}月.{1,3}日")
_PUBLISHER = re.compile(
    r"(?:发布(?:机构|单位|机关)|公开(?:机构|机关|单位)|编制(?:机关|单位))[:：]\s*([\u3400-\u9fff()]{2,28}(?:局|委|政府|办|办公室|厅|署|中心|院|会|处|部))"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Agency and year as the file states them; `None` where it does not."""

    agency: str | None
    year: int | None
    title: str | None
    findings: tuple[Finding, ...]


def identify(document: Document) -> Identity:
    """Find agency and year, with a finding where they are missing or where sources disagree."""
    title, agency, year = _from_titles(document)
    sources = {"标题": year, "统计期限": _period(document), "文件名": _name_year(document)}
    known = {name: found for name, found in sources.items() if found is not None}
    if not known:
        known = {name: y for name, y in (("正文开头", _opening(document)),) if y is not None}
    findings: list[Finding] = []
    chosen = next(iter(known.values()), None)
    if chosen is None:
        text = "没有找到报告属于哪一年，请填写年份。"
        findings.append(Finding(Level.ERROR, "year.missing", text))
    elif len(set(known.values())) > 1:
        shown = "，".join(f"{name}是{found}年" for name, found in known.items())
        text = f"报告年份说法不一：{shown}。暂按{chosen}年，请核对。"
        findings.append(Finding(Level.WARNING, "year.conflict", text))
    if agency is None and (agency := _signature(document)) is not None:
        text = f"标题里没有单位名称，按落款认定为“{agency}”，请核对。"
        findings.append(Finding(Level.WARNING, "agency.signature", text))
    elif agency is None:
        text = "没有找到是哪个单位的报告，请填写单位名称。"
        findings.append(Finding(Level.WARNING, "agency.missing", text))
    return Identity(agency, chosen, title, tuple(findings))


def _from_titles(document: Document) -> tuple[str | None, str | None, int | None]:
    """Title, agency and year from the text that reads most like this report's title, agency and year if any has both.

    A page also names other reports beside its own, of other years and agencies. So what agrees with the page's title
    and with the period that the report states goes before what only stands first.
    """
    period = _period(document)
    own = next((f for part in _title_parts(document.title or "") if (f := _match(part)) is not None and f[0]), None)
    best: tuple[str | None, str | None, int | None] = (None, None, None)
    rank = (False, False, False)
    for raw, before, after, heading in _candidates(document):
        found = next((f for f in map(_match, _title_parts(raw)) if f is not None), None)
        if found is None:
            continue
        beside = (fold(line) for line in (before, after) if line is not None)
        agency = found[0] or next((line for line in beside if _AGENCY_LINE.match(line)), None)
        agrees = (agency, found[1]) == own, found[1] == period, heading
        if agency is None:
            best = best if best[2] is not None else (raw.strip(), None, found[1])
        elif best[1] is None or agrees > rank:
            best, rank = (raw.strip(), agency, found[1]), agrees
    if best[1] is not None:
        return best
    stated = next((hit for line in list(_texts(document))[:_HEAD_LINES] if (hit := _STATED.search(line))), None)
    if stated is None or _GENERIC.search(stated.group("agency")):
        return best
    return best[0], stated.group("agency"), best[2] or int(stated.group("year"))


def _title_parts(text: str) -> tuple[str, ...]:
    """A title whole and in the parts in which sites put it together with their own name."""
    return fold(text), *_SEPARATORS.split(fold(text))


def _candidates(document: Document) -> Iterator[tuple[str, str | None, str | None, bool]]:
    """Texts that may be the title, with the lines before and after and whether the file marks it as a heading.

    Titles are also written over two or three lines, and stand after as many lines of navigation as a page has.

    A title on one line wins over one put together from lines, or a page's navigation would lend it its words.
    """
    every = [b for b in document.blocks if isinstance(b, Line) and b.text.strip()][:_NAVIGATION]
    begins = next((n for n, b in enumerate(every) if _FIRST_SECTION.match(fold(b.text))), 0)
    every = every[: max(begins, _HEAD_LINES)]
    lines = [b.text for b in every]
    for count in (1, 2, 3):
        for index, line in enumerate(lines):
            before = lines[index - 1] if index else None
            text = "".join(lines[index : index + count])
            after = next(iter(lines[index + count : index + count + 1]), None)
            if len(text) <= 90:
                region = before if before is not None and _REGION.fullmatch(fold(before)) else ""
                yield region + text, before, after, every[index].heading
            elif count == 1:
                yield line[:90], before, after, every[index].heading
    for named in (document.title, _file_stem(document)):
        if named:
            yield named, None, None, False


def _match(text: str) -> tuple[str | None, int] | None:
    """Agency and year of a text that reads like a report's title."""
    plain = _in_digits(re.sub(r"^(?:标题|题目|名称)[:：]", "", text))
    for pattern in _TITLES:
        hit = pattern.search(plain)
        if hit:
            agency = hit.group("agency").strip("()“”\"'、· ")
            generic = len(agency) < 2 or _GENERIC.search(agency) is not None
            return None if generic else agency, int(hit.group("year"))
    return None


def _signature(document: Document) -> str | None:
    """The agency that signs at the end, above the date; or that the page itself names as the one who publishes."""
    lines = list(_texts(document))
    for line, below in pairwise((*lines[-_TAIL_LINES:], "")):
        hit = _PUBLISHER.search(line)
        if hit:
            return hit.group(1)
        if _AGENCY_LINE.match(line) and _DATE_LINE.fullmatch(below):
            return line
    heads = (_PUBLISHER.search(line) for line in lines[:_HEAD_LINES])
    return next((hit.group(1) for hit in heads if hit), None)


def _period(document: Document) -> int | None:
    for line in _texts(document):
        hit = _PERIOD.search(line)
        if hit:
            return int(hit.group(1))
    return None


def _opening(document: Document) -> int | None:
    for line in _texts(document):
        hit = _OPENING.match(line)
        if hit:
            return int(hit.group(1) or hit.group(2))
    return None


def _in_digits(text: str) -> str:
    """The text with years in digits: 二〇二三年 -> 2023年."""
    return _HAN_YEAR.sub(lambda hit: f"20{_HAN_DIGITS[hit.group(1)]}{_HAN_DIGITS[hit.group(2)]}", text)


def _texts(document: Document) -> Iterator[str]:
    yield from (_in_digits(fold(b.text)) for b in document.blocks if isinstance(b, Line))


def _file_stem(document: Document) -> str | None:
    name = document.name or (unquote(urlsplit(document.url).path) if document.url else None)
    return None if not name else re.sub(r"\.\w{2,5}$", "", name.rsplit("/", 1)[-1])


def _name_year(document: Document) -> int | None:
    years = set(_NAME_YEAR.findall(_file_stem(document) or "")) if document.name else set()
    return int(years.pop()) if len(years) == 1 else None
