"""A bar chart of one figure over the years, as a PNG that a phone shows well; a year without a number stays empty.

Drawing takes tens of milliseconds and happens in a thread; the same chart is drawn once. Chinese needs a font of the
machine: the usual places are looked through, and where there is none no chart is made (`gongkai doctor` says so).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.qa.types import CitedFigure

FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/source-han-sans/SourceHanSansSC-Regular.otf", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
)
"""Where the font is looked for, Debian's fonts-noto-cjk first; the number picks the simplified Chinese face."""

SIZE = (900, 560)
LEAST_YEARS = 3
_YEAR = re.compile(r"^\d{4}年(?:年报|年度报告)·")
_INK, _GREY, _LINE, _BAR, _PAPER = "#1c2321", "#66706c", "#d9dedb", "#0d6e4f", "#ffffff"
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 40, 130, 110


@dataclass(frozen=True, slots=True)
class Series:
    """One figure over the years.

    Attributes:
        title: what it counts, with the agency.
        unit: 件, 条, 万元 …
        points: year and number, oldest first; `None` where there is none.
        source: where the numbers stand.
    """

    title: str
    unit: str
    points: tuple[tuple[int, Decimal | None], ...]
    source: str


def series_of(figures: Sequence[CitedFigure]) -> Series | None:
    """The series in a reply's figures: one cell, one agency, three or more years; `None` where it is something else.

    Its title is the figure's place in the report without the year.
    """
    if len({(f.cell, f.agency) for f in figures}) != 1 or len({f.year for f in figures}) < LEAST_YEARS:
        return None
    by_year = {f.year: f.value for f in figures}
    points = tuple((year, by_year.get(year)) for year in range(min(by_year), max(by_year) + 1))
    title = _YEAR.sub("", figures[0].source)
    return Series(title, figures[0].unit, points, f"{figures[0].agency}各年年度报告·{title}")


def chinese_font() -> tuple[str, int] | None:
    """A font of this machine that has Chinese, and the face in it; `None` where there is none."""
    return next((font for font in FONTS if Path(font[0]).is_file()), None)


async def draw(series: Series) -> bytes | None:
    """The chart as PNG, drawn in a thread; `None` where the machine has no Chinese font."""
    font = chinese_font()
    return None if font is None else await asyncio.to_thread(render, series, font)


@lru_cache(maxsize=64)
def render(series: Series, font: tuple[str, int]) -> bytes:
    """Draw the chart with this font; the same series gives the same bytes."""
    image = Image.new("RGB", SIZE, _PAPER)
    pen = ImageDraw.Draw(image)
    fonts = {size: ImageFont.truetype(font[0], size, font[1]) for size in (34, 24, 20)}
    pen.text((_LEFT, 36), _fitted(series.title, fonts[34], SIZE[0] - _LEFT - _RIGHT), _INK, fonts[34])
    pen.text((_LEFT, 86), f"单位：{series.unit}", _GREY, fonts[20])
    floor = SIZE[1] - _BOTTOM
    highest = max((v for _, v in series.points if v is not None), default=Decimal(0)) or Decimal(1)
    step = (SIZE[0] - _LEFT - _RIGHT) / len(series.points)
    width = min(step * 0.55, 84)
    pen.line((_LEFT, floor, SIZE[0] - _RIGHT, floor), _LINE, 2)
    for number, (year, value) in enumerate(series.points):
        middle = _LEFT + step * (number + 0.5)
        pen.text((middle, floor + 14), f"{year}年", _INK, fonts[24], anchor="ma")
        if value is None:
            pen.text((middle, floor - 10), "无数字", _GREY, fonts[20], anchor="mb")
            continue
        height = float(value / highest) * (floor - _TOP - 34)
        pen.rectangle((middle - width / 2, floor - height, middle + width / 2, floor), _BAR)
        pen.text((middle, floor - height - 8), f"{value:f}", _INK, fonts[24], anchor="mb")
    source = _fitted(f"来源：{series.source}", fonts[20], SIZE[0] - _LEFT - _RIGHT)
    pen.text((_LEFT, SIZE[1] - 42), source, _GREY, fonts[20])
    target = BytesIO()
    image.save(target, "PNG", optimize=True)
    return target.getvalue()


def _fitted(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """The text, cut with … where it is wider than its line."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
