"""Web pages as offices' systems and pastes from Word write them: how labels and figures are printed, what stands around."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.storage.reading.report_layouts import SECTIONS, Grid

Print = Callable[[str, Random], str]
"""A cell's text -> its markup."""

AGENCY = "云岭县人力资源和社会保障局"
TITLE = f"{AGENCY}2023年政府信息公开工作年度报告"


def as_is(text: str, random: Random) -> str:
    return text


def _thousands(text: str, random: Random) -> str:
    grouped = f"{int(text):,}" if text.isdigit() else text
    return grouped if random.random() < 0.5 else grouped.replace(",", "，")


def _in_spans(text: str, random: Random) -> str:
    spans = "".join(f"<span lang=EN-US>{c}</span>" for c in text) or "<span><o:p>&nbsp;</o:p></span>"
    return f"<p class=MsoNormal align=center style='mso-pagination:widow-orphan'>{spans}<o:p></o:p></p>"


def _spaced(text: str, random: Random) -> str:
    return random.choice(["&nbsp;", "\u3000", " ", "<br>"]) + text + random.choice(["&nbsp;", "\u3000", "", "<br/>"])


FIGURES: tuple[Print, ...] = (
    as_is,
    _thousands,
    _in_spans,
    _spaced,
    lambda text, random: text.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    lambda text, random: f"{text}.00" if text.isdigit() and random.random() < 0.3 else text,
    lambda text, random: random.choice("〇零Oo") if text == "0" and random.random() < 0.3 else text,
)
"""Printings of figures that leave no doubt what is meant."""

NOTED: tuple[Print, ...] = (
    lambda text, random: text and text + random.choice("①②⑩"),
    lambda text, random: text and text + random.choice(["<sup>1</sup>", "²", "½", "*"]),
    lambda text, random: f"0{text}" if text.isdigit() else text,
    lambda text, random: f"{text}件" if text.isdigit() else text,
)
"""Printings that may leave doubt, and must never give another figure."""


def _broken(text: str, random: Random) -> str:
    at = random.randint(1, max(1, len(text) - 1))
    return text[:at] + random.choice(["<br>", "</p><p>", "&nbsp;", "\n", "\u3000"]) + text[at:]


LABELS: tuple[Print, ...] = (
    as_is,
    _broken,
    lambda text, random: re.sub(r"^(\d)\.", random.choice([r"\1、", r"（\1）", r"\1 ", r"\1．"]), text),
    lambda text, random: re.sub(r"^([1-8])\.", lambda m: chr(0x245F + int(m[1])), text),
    lambda text, random: text.translate(str.maketrans("（），“”：", '(),"":')),
    lambda text, random: f"<span>{text[:2]}</span><b><span lang=EN-US>{text[2:]}</span></b>",
)


def is_label(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text) and not text.endswith("元")


def table(grid: Grid, random: Random, figure: Print = as_is, label: Print = as_is, tag: str = "td") -> str:
    """A table element."""
    rows: dict[int, list[str]] = {}
    for text, row, _, height, width in sorted(grid, key=lambda c: (c[1], c[2])):
        body = label(text, random) if is_label(text) else figure(text, random)
        name = tag if is_label(text) else "td"
        rows.setdefault(row, []).append(f"<{name} rowspan={height} colspan='{width}'>{body}</{name}>")
    return "<table border=1>" + "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows.values()) + "</table>"


def _in_layout_tables(body: str) -> str:
    crumbs = "<table><tr><td>当前位置：</td><td>首页</td><td>年报</td></tr></table>"
    inner = f"<table width=95%><tr><td>正文</td></tr><tr><td id=zoom>{body}</td></tr></table>"
    return f"<table><tr><td>{crumbs}</td></tr><tr><td>{inner}</td></tr><tr><td>电话：0917-1234567</td></tr></table>"


def _under_navigation(body: str) -> str:
    links = "".join(f"<td>{name}</td>" for name in ("首页", "政务公开", "行政许可", "行政处罚", "12345"))
    return f"<div><table><tr>{links}</tr></table></div><div id=content>{body}</div>"


FRAMES: tuple[Callable[[str], str], ...] = (lambda body: body, _in_layout_tables, _under_navigation)


def page(tables: tuple[str, str, str], frame: Callable[[str], str] = FRAMES[0], after: str = "") -> bytes:
    """The report as a page; `after` follows its last section."""
    parts = [
        f"<h1>{TITLE}</h1><p>一、总体情况</p><p>2023年，县政府网站发布新闻稿件97条。</p>",
        *(f"<p>{title}</p>{content}" for title, content in zip(SECTIONS, tables, strict=False)),
        f"<p>{SECTIONS[3]}</p><p>存在的主要问题：公开不够及时。改进措施：加强培训。</p>",
        "<p>六、其他需要报告的事项</p><p>无。</p>",
        after,
    ]
    head = f"<head><meta charset=utf-8><title>{TITLE}</title></head>"
    return f"<html>{head}<body>{frame(''.join(parts))}</body></html>".encode()
