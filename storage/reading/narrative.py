"""The narrative of a report: its six sections by title, problems and measures, and the sentences with their figures.

Sections are known by their titles, not by their numbers, which restart, are misprinted (三是收到和处理…) or missing.
Texts keep the report's words; a heading that stands on its own line is left out, paragraph breaks are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from storage.facts import Figure, Finding, Level
from storage.reading.align_items import is_page_number
from storage.reading.document import Document, Line, Table
from storage.reading.labels import Vocabulary, fold, key
from storage.reading.narrative_figures import figures_in

SECTION_TITLES = Vocabulary(
    {
        "1": ("总体情况", "政府信息公开工作总体情况", "基本情况", "概述", "工作总体情况", "总体工作情况", "总体概况"),
        "2": ("主动公开政府信息情况", "主动公开政府信息的情况", "政府信息主动公开情况"),
        "3": ("收到和处理政府信息公开申请情况", "收到和处理政府信息公开申请的情况"),
        "4": (
            "政府信息公开行政复议、行政诉讼情况",
            "因政府信息公开工作被申请行政复议、提起行政诉讼情况",
            "政府信息公开行政复议和行政诉讼情况",
        ),
        "5": (
            "存在的主要问题及改进情况",
            "政府信息公开工作存在的主要问题及改进情况",
            "存在的主要问题及改进措施",
            "存在的问题及改进情况",
            "存在问题及改进措施",
            "存在的主要问题和改进情况",
            "主要问题及改进情况",
        ),
        "6": ("其他需要报告的事项", "需要报告的其他事项", "其他需要报告的情况", "其他需要说明的事项", "其他事项"),
    }
)
_PROBLEMS = Vocabulary(
    {
        "problems": (
            "存在问题", "存在的问题", "存在的主要问题", "主要问题", "存在主要问题", "存在的不足", "主要存在的问题",
            "工作中存在的主要问题", "存在的问题和不足", "存在的主要问题和不足", "政府信息公开工作存在的主要问题",
            "存在的主要问题方面", "问题", "不足", "当前存在的主要问题",
        )
    }
)  # fmt: skip
_MEASURES = Vocabulary(
    {
        "measures": (
            "改进措施", "改进情况", "下一步改进措施", "下一步工作打算", "下一步工作", "改进的措施", "整改措施",
            "改进方向",
            "下步工作打算", "下一步改进情况", "下一步工作计划", "改进措施及情况", "主要改进措施", "改进情况及措施",
            "改进工作情况", "改进思路", "下一步工作安排", "下一步工作措施", "具体改进措施", "改进方面", "工作改进情况",
        )
    }
)  # fmt: skip
_HEADING_IN_TEXT = re.compile(
    r"(?=[一二三四五六][、.．]\s*(?:总体情况|主动公开政府信息情况|收到和处理政府信息公开申请情况|"
    r"政府信息公开行政复议|(?:政府信息公开工作)?存在的?(?:主要)?问题|其他需要报告的?事项))"
)
_LEAD = re.compile(
    r"^\s*(?:[一二三四五六][、.．])?\s*(?P<title>总体情况|主动公开政府信息情况|收到和处理政府信息公开申请情况|"
    r"政府信息公开行政复议、行政诉讼情况|(?:政府信息公开工作)?存在的?(?:主要)?问题及改进(?:情况|措施)|其他需要报告的?事项)"
    r"\s*[:：。]?\s*(?P<rest>.+)$",
    re.DOTALL,
)
_TURN = re.compile(
    r"(?<=[。！；\n])(?=(?:二是)?(?:下一步|下步|针对(?:以上|上述|这些|存在)|今后|为此|改进(?:措施|情况|方向)|我局将|我单位将|20\d\d年[，,]?我[^，。]{1,4}将))"
)
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")
_ENDS = "。！？；：:;!?.”）)】"
_OPENS = re.compile(r"^\s*(?:[（(]?[一二三四五六七八九十]+[）)、.．]|[（(]?\d+[）)、.．]|第[一二三四五六七八九十]+)")
_SIGNATURE = re.compile(
    r"20\d\d年\d{1,2}月\d{1,2}日|二[〇零○]二.年.{1,3}月.{1,3}日|[\u3400-\u9fff]{2,28}(?:局|委|委员会|政府|办公室|厅|中心|街道办事处)"
)
_FOOTER = re.compile(
    r"^(?:上一篇|下一篇|打印|关闭|分享|扫一扫|相关(?:附件|链接|稿件|信息)|附件[:：]|主办|承办|版权|责任编辑|编辑[:：]|来源[:：]|网站地图|技术支持|(?:政府)?网站标识码|联系我们|返回顶部|"
    r"(?:京|沪|[\u4e00-\u9fff])?(?:ICP备|公网安备)|浏览次数|【(?:打印|关闭|字体))"
)


@dataclass(frozen=True, slots=True)
class Narrative:
    """The narrative as read; `sentences` are those of sections one and six, `sections_found` counts titles."""

    texts: dict[str, str]
    figures: tuple[Figure, ...]
    sentences: tuple[str, ...]
    findings: tuple[Finding, ...]
    sections_found: int


def read_narrative(document: Document, year: int | None = None) -> Narrative:
    """Read sections one, five and six of a document; figures of another year than `year` are no indicators."""
    sections = _sections(document)
    texts: dict[str, str] = {}
    findings: list[Finding] = []
    if sections.get("1"):
        texts["x.overview"] = "\n".join(sections["1"])
    problems, measures = _problems_and_measures(sections.get("5", []))
    if problems:
        texts["x.problems"] = problems
    if measures:
        texts["x.measures"] = measures
    if sections.get("6"):
        texts["x.other"] = "\n".join(sections["6"])
    for text_id, name in (
        ("x.overview", "一、总体情况"),
        ("x.problems", "五、存在的主要问题"),
        ("x.measures", "五、改进情况"),
        ("x.other", "六、其他需要报告的事项"),
    ):
        if text_id not in texts:
            message = f"没有读到“{name}”的文字，请对照原文补充。"
            findings.append(Finding(Level.WARNING, "text.missing", message, text_id))
    figures: list[Figure] = []
    sentences: list[str] = []
    for number in ("1", "6"):
        for sentence in _sentences(sections.get(number, [])):
            sentences.append(sentence)
            figures.extend(figures_in(sentence, int(number), year))
    kept, twice = _one_meaning(figures)
    return Narrative(texts, kept, tuple(sentences), (*findings, *twice), len(sections))


def _one_meaning(figures: Sequence[Figure]) -> tuple[tuple[Figure, ...], list[Finding]]:
    """An indicator stated with two numbers means neither: both keep only their own label."""
    findings: list[Finding] = []
    values: dict[str, set[object]] = {}
    for figure in figures:
        if figure.id:
            values.setdefault(figure.id, set()).add(figure.value)
    clashing = {i for i, found in values.items() if len(found) > 1}
    for indicator in sorted(clashing):
        shown = "；".join(f"“{f.sentence}”" for f in figures if f.id == indicator)
        text = f"正文里同一项数字出现不止一个说法（{shown}），没有归入固定指标，请核对。"
        findings.append(Finding(Level.WARNING, "figure.twice", text, indicator))
    kept: list[Figure] = []
    seen: set[str] = set()
    for figure in figures:
        if figure.id in clashing or figure.id in seen:
            figure = replace(figure, id=None)
        if figure.id:
            seen.add(figure.id)
        kept.append(figure)
    return tuple(kept), findings


def _sections(document: Document) -> dict[str, list[str]]:
    """Paragraphs by section number, in the order of the document."""
    sections: dict[str, list[str]] = {}
    current: str | None = None
    after_four = False
    paragraphs = list(_paragraphs(document))
    formal = {_title(text)[0] for text in paragraphs if text is not None and not _is_sub(text)}
    for text in paragraphs:
        if text is None:
            after_four = current in ("2", "3", "4", None) or after_four
            continue
        number, rest = _title(text)
        if number in formal and _is_sub(text):
            number, rest = None, text
        if number is None and after_four and current in ("4", "3", None) and _subheading(text):
            number, rest = "5", text
        if number is not None and _goes_on(current, number):
            current = number
            sections.setdefault(number, [])
            text = rest
        if current is not None and text.strip() and not (current == "6" and _FOOTER.match(text.strip())):
            sections[current].append(text.strip())
        elif current == "6" and _FOOTER.match(text.strip()):
            break
    last = max(sections, default="")
    return {n: _unwrap(_unsigned(found) if n == last else found) for n, found in sections.items()}


def _is_sub(text: str) -> bool:
    """Whether a title is numbered as a sub-section, （一）: 主动公开 is one of section one in many reports."""
    return text.lstrip()[:1] in "(（"


def _unsigned(paragraphs: list[str]) -> list[str]:
    """The last section without the signature and the date under it."""
    kept = list(paragraphs)
    while len(kept) > 1 and _SIGNATURE.fullmatch(fold(kept[-1])):
        kept.pop()
    return kept


def _goes_on(current: str | None, number: str) -> bool:
    """Titles come in the order of the form; an earlier title again is a table of contents that starts over."""
    return current is None or number >= current or current == "6"


def _title(text: str) -> tuple[str | None, str]:
    """The section that a paragraph's title opens, with the text after the title."""
    if len(text) <= 45:
        found = SECTION_TITLES.find(text)
        if found is not None:
            return found, ""
    hit = _LEAD.match(text)
    if hit and (text.strip()[0] in "一二三四五六" or len(text) > 60):
        return SECTION_TITLES.find(hit.group("title")), hit.group("rest")
    return None, text


def _subheading(text: str) -> str | None:
    if len(text) > 30:
        return None
    return _PROBLEMS.find(text) or _MEASURES.find(text)


def _paragraphs(document: Document) -> Iterator[str | None]:
    """Paragraph texts; `None` stands for a table."""
    for block in document.blocks:
        if isinstance(block, Table):
            yield None
        elif not is_page_number(block.text):
            yield from _split(block)


def _split(line: Line) -> list[str]:
    """A line that runs several sections together, cut at their titles."""
    if len(line.text) < 200 or len(_HEADING_IN_TEXT.findall(line.text)) < 2:
        return [line.text]
    return [part for part in _HEADING_IN_TEXT.split(line.text) if part.strip()]


def _unwrap(paragraphs: Sequence[str]) -> list[str]:
    """Lines that a page's width broke, joined into paragraphs again."""
    joined: list[str] = []
    for text in paragraphs:
        previous = joined[-1] if joined else ""
        if previous and previous[-1] not in _ENDS and not _OPENS.match(text) and _looks_wrapped(previous):
            joined[-1] = previous + text
        else:
            joined.append(text)
    return joined


def _looks_wrapped(text: str) -> bool:
    """A line of some length that ends inside a sentence."""
    last = re.split(r"[。！？；]", text)[-1]
    return len(text) >= 15 and len(last) >= 1 and _subheading(text) is None


def _problems_and_measures(paragraphs: Sequence[str]) -> tuple[str, str]:
    """Section five in its two halves: by sub-headings, by lead words, or at the turn to what comes next."""
    halves: dict[str, list[str]] = {"problems": [], "measures": []}
    current = "problems"
    split = False
    for text in paragraphs:
        half = _subheading(text)
        if half is not None:
            current, split = half, True
            continue
        lead = _lead_half(text)
        if lead is not None and lead != current:
            current, split = lead, True
        halves[current].append(text)
    if not split and halves["problems"]:
        whole = "\n".join(halves["problems"])
        parts = _TURN.split(whole, maxsplit=1)
        return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""
    return "\n".join(halves["problems"]), "\n".join(halves["measures"])


def _lead_half(text: str) -> str | None:
    """Whether a paragraph begins by saying which half it is, as in 改进措施：…."""
    head = re.split(r"[:：。，,]", text, maxsplit=1)[0]
    if len(head) > 24:
        return None
    if _MEASURES.find(head) or re.match(r"(?:针对(?:以上|上述|这些|存在)|下一步|下步)", key(head)):
        return "measures"
    return "problems" if _PROBLEMS.find(head) and len(fold(head)) >= 4 else None


def _sentences(paragraphs: Sequence[str]) -> Iterator[str]:
    for text in paragraphs:
        for hit in _SENTENCE.finditer(text):
            if hit.group().strip():
                yield hit.group().strip()
