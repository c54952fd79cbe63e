"""A page of a PDF as a picture, to be looked at beside what was read. Runs in the worker process."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw

from storage.reading.errors import Damaged

WIDTH = 1100
"""Pixels; a page of A4 is then read without effort at its full width."""
_MOST_PIXELS = 6_000_000


@dataclass(frozen=True, slots=True)
class PageImage:
    """A picture of one page.

    Attributes:
        content: PNG.
        width, height: pixels.
        pages: how many pages the file has.
    """

    content: bytes
    width: int
    height: int
    pages: int


def draw(content: bytes, number: int, box: Sequence[float] | None = None) -> PageImage:
    """Draw a page.

    Args:
        content: the PDF.
        number: of the page, from one.
        box: a place to mark: left, top, right, bottom as parts of the page's width and height.

    Raises:
        Damaged: no PDF that can be drawn, or it has no such page.
    """
    import pypdfium2  # a native library: loaded where a page is drawn, which is in a process of its own

    try:
        with pypdfium2.PdfDocument(content) as pdf:
            pages = len(pdf)
            if not 1 <= number <= pages:
                raise Damaged(f"这份PDF没有第{number}页。")
            page = pdf[number - 1]
            wide, high = page.get_size()
            scale = min(WIDTH / max(wide, 1.0), (_MOST_PIXELS / max(wide * high, 1.0)) ** 0.5)
            picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
            if box is not None:
                picture = _marked(picture, [edge * picture.size[n % 2] for n, edge in enumerate(box)])
            out = io.BytesIO()
            picture.quantize(64).save(out, "PNG", optimize=False)
            return PageImage(out.getvalue(), picture.width, picture.height, pages)
    except pypdfium2.PdfiumError as error:
        raise Damaged("这份PDF画不出来，可能已损坏或设置了密码，请下载原文件查看。") from error


def _marked(picture: Image.Image, box: Sequence[float]) -> Image.Image:
    """The picture with a yellow field and a frame at a place."""
    left, top, right, bottom = box
    field = (max(left, 0), max(top, 0), min(right, picture.width - 1), min(bottom, picture.height - 1))
    if field[0] >= field[2] or field[1] >= field[3]:
        return picture
    tint = Image.new("RGB", picture.size, "white")
    ImageDraw.Draw(tint).rectangle(field, fill=(255, 224, 138), outline=(176, 90, 0), width=3)
    return ImageChops.multiply(picture, tint)
