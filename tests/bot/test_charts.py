"""Charts: Chinese is really drawn, empty years stay empty, the same series is drawn once."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

from bot import charts
from bot.charts import Series
from bot.qa.types import CitedFigure

SERIES = Series(
    "微信公众号发布信息", "条", ((2021, Decimal(80)), (2022, None), (2023, Decimal(118))), "某局年度报告·第一部分"
)


@pytest.fixture
def font() -> tuple[str, int]:
    found = charts.chinese_font()
    if found is None:
        pytest.fail("*** NO CHINESE FONT ON THIS MACHINE: install fonts-noto-cjk ***")
    return found


def ink(text: str, font: tuple[str, int]) -> Image.Image:
    image = Image.new("L", (60, 60), 255)
    ImageDraw.Draw(image).text((8, 4), text, 0, ImageFont.truetype(font[0], 40, font[1]))
    return image


def test_the_font_draws_each_character_and_no_boxes(font: tuple[str, int]) -> None:
    missing = ink("\ue000", font)
    pictures = [ink(c, font) for c in "微信公众号发布息年无数字单位来源"]
    assert all(ImageChops.difference(p, missing).getbbox() for p in pictures)
    assert len({p.tobytes() for p in pictures}) == len(pictures)


def test_the_title_in_the_picture_is_the_title(font: tuple[str, int]) -> None:
    def title(text: str) -> Image.Image:
        picture = Image.open(BytesIO(charts.render(Series(text, "条", SERIES.points, "来源"), font)))
        return picture.crop((0, 30, charts.SIZE[0], 84)).convert("L")

    one, other = title("微信公众号"), title("行政处罚")
    assert one.getextrema()[0] < 100
    assert ImageChops.difference(one, other).getbbox() is not None


def test_bars_are_as_high_as_their_numbers_and_an_empty_year_has_none(font: tuple[str, int]) -> None:
    picture = Image.open(BytesIO(charts.render(SERIES, font))).convert("RGB")
    green = (13, 110, 79)

    def height(x: int) -> int:
        return sum(picture.getpixel((x, y)) == green for y in range(picture.height))

    first, empty, last = (height(60 + int(800 / 3 * (n + 0.5))) for n in range(3))
    assert empty == 0
    assert first / last == pytest.approx(80 / 118, abs=0.02)


async def test_no_font_no_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "FONTS", (("/nowhere.ttc", 0),))
    assert await charts.draw(SERIES) is None


def figure(year: int, value: int, cell: str = "f.wechat") -> CitedFigure:
    return CitedFigure(Decimal(value), "条", "某局", year, cell, "第一部分 总体情况")


def test_a_series_is_one_cell_over_three_years_or_more() -> None:
    found = charts.series_of([figure(2023, 118), figure(2021, 80), figure(2020, 7)])
    assert found is not None
    assert found.points == ((2020, Decimal(7)), (2021, Decimal(80)), (2022, None), (2023, Decimal(118)))
    assert charts.series_of([figure(2023, 1), figure(2022, 2)]) is None
    assert charts.series_of([figure(y, 1, c) for y in (1, 2, 3) for c in ("a", "b")]) is None
