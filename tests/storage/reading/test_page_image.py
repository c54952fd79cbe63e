"""Pages of a PDF as pictures: drawn in a process with limits, one place marked, whatever the file holds."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from storage.reading.errors import Damaged, Exhausted
from storage.reading.page_image import WIDTH, draw
from storage.reading.worker import Worker
from tests.storage.reading.read_pdfs import HEIGHT, Pages
from tests.storage.reading.read_pdfs import WIDTH as POINTS


def two_pages() -> bytes:
    pages = Pages()
    pages.text(100, 100, "2023年年度报告")
    pages.pages.append([])
    pages.rule(60, 200, 500, 200)
    return pages.content()


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


async def test_a_page_is_drawn_in_a_worker_process() -> None:
    drawn = await Worker.shared().page(two_pages(), 2)
    assert (drawn.pages, drawn.width) == (2, WIDTH)
    image = picture(drawn.content)
    assert image.size == (drawn.width, drawn.height)
    assert min(image.crop((200, 350, 800, 390)).convert("L").tobytes()) < 128, "the rule is seen"


def test_the_place_is_marked_and_the_text_below_it_stays() -> None:
    box = (90 / POINTS, 85 / HEIGHT, 300 / POINTS, 110 / HEIGHT)
    plain, marked = (picture(draw(two_pages(), 1, b).content) for b in (None, box))
    scale = WIDTH / POINTS
    inside, outside = (int(295 * scale), int(107 * scale)), (int(320 * scale), int(107 * scale))
    assert plain.getpixel(inside) == (255, 255, 255)
    red, green, blue = marked.getpixel(inside)
    assert (red, green) > (240, 200)
    assert blue < 180
    assert marked.getpixel(outside) == (255, 255, 255)
    assert min(marked.convert("L").tobytes()) < 128


@pytest.mark.parametrize("box", [(1.5, 1.5, 1.6, 1.6), (0.2, 0.2, 0.1, 0.1), (-5.0, -5.0, 90.0, 90.0)])
def test_a_place_off_the_page_does_no_harm(box: tuple[float, ...]) -> None:
    draw(two_pages(), 1, box)


@pytest.mark.parametrize("number", [0, 3, -1])
def test_a_page_that_there_is_not(number: int) -> None:
    with pytest.raises(Damaged, match="没有第"):
        draw(two_pages(), number)


def test_a_page_of_any_size_is_drawn_within_bounds() -> None:
    huge = two_pages().replace(f"[0 0 {POINTS} {HEIGHT}]".encode(), b"[0 0 14400 9]")
    assert draw(huge, 1).width <= WIDTH
    tall = two_pages().replace(f"[0 0 {POINTS} {HEIGHT}]".encode(), b"[0 0 2 99999]")
    drawn = draw(tall, 1)
    assert drawn.width * drawn.height <= 6_100_000


@pytest.mark.parametrize("content", [b"%PDF-1.4", b"%PDF-1.7 \x00" * 50, b"no pdf at all", two_pages()[:400]])
async def test_a_broken_file_is_said_to_be_so(content: bytes) -> None:
    with pytest.raises(Damaged, match=r"画不出来|没有第"):
        await Worker.shared().page(content, 1)


async def test_drawing_is_ended_after_its_time() -> None:
    with pytest.raises(Exhausted):
        await Worker(seconds=0.01).page(two_pages(), 1)
