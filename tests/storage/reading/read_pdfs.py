"""PDF files drawn by hand: text at its place, rules where wanted, a standard Chinese font without embedding."""

from __future__ import annotations

from collections.abc import Iterable

from tests.storage.reading.read_forms import Cell

WIDTH, HEIGHT, SIZE, LEAD = 595.0, 842.0, 9.0, 12.0


class Pages:
    """A PDF under construction; y grows downwards, in points."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = [[]]

    def text(self, x: float, y: float, text: str, size: float = SIZE) -> None:
        """Write with the baseline at y."""
        code = text.encode("utf-16-be").hex()
        self.pages[-1].append(f"BT /F1 {size} Tf {x:.2f} {HEIGHT - y:.2f} Td <{code}> Tj ET")

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a thin line."""
        self.pages[-1].append(f"{x0:.2f} {HEIGHT - y0:.2f} m {x1:.2f} {HEIGHT - y1:.2f} l S")

    def picture(self) -> None:
        """Cover the page with a picture."""
        self.pages[-1].append(f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /P1 Do Q")

    def content(self) -> bytes:
        """The file."""
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"",
            b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
            (
                b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo"
                b" << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 /W [814 [500] 1 95 500] >>"
            ),
            (
                b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"
                b" /Length 1 >>\nstream\n\x80\nendstream"
            ),
        ]
        kids = []
        for page in self.pages:
            body = "\n".join(page).encode()
            objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body))
            objects.append(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {len(objects)} 0 R"
                " /Resources << /Font << /F1 3 0 R >> /XObject << /P1 5 0 R >> >> >>".encode()
            )
            kids.append(f"{len(objects)} 0 R")
        objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
        out, offsets = bytearray(b"%PDF-1.4\n"), []
        for number, body in enumerate(objects, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
        out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
        return bytes(out)


def as_pdf(
    blocks: Iterable[str | tuple[Cell, ...]],
    *,
    ruled: bool = True,
    closed: bool = True,
    bottom: float = 780,
    start: float = 60,
) -> bytes:
    """A report over as many pages as needed; `closed`: a rule is drawn where a page break cuts a table."""
    pages = Pages()
    y = start
    for block in blocks:
        if isinstance(block, str):
            for line in _wrapped(block, 450):
                if y > bottom:
                    pages.pages.append([])
                    y = 60
                pages.text(70, y, line, 10)
                y += 16
            y += 4
        else:
            y = _table(pages, block, y, ruled=ruled, closed=closed, bottom=bottom) + 16
    return pages.content()


def _wrapped(text: str, width: float, size: float = 10) -> list[str]:
    lines, used = [""], 0.0
    for char in text:
        step = size / 2 if char.isascii() else size
        if used + step > width:
            lines.append("")
            used = 0.0
        lines[-1] += char
        used += step
    return lines


def _table(pages: Pages, cells: tuple[Cell, ...], y: float, *, ruled: bool, closed: bool, bottom: float) -> float:
    columns = max(c[1] + c[3] for c in cells)
    widths = {4: [150, 100, 100, 100], 10: [40, 60, 140] + [30] * 7, 15: [30] * 15}[columns]
    edges = [70 + sum(widths[:n]) for n in range(columns + 1)]
    lines = {c: _wrapped(c[4], edges[c[1] + c[3]] - edges[c[1]] - 6, SIZE) for c in cells}
    heights = [
        max([1, *(len(lines[c]) for c in cells if c[0] == r and c[2] == 1)]) * LEAD + 6
        for r in range(max(c[0] + c[2] for c in cells))
    ]
    tops: list[tuple[int, float]] = []
    page = 0
    for height in heights:
        if y + height > bottom:
            page, y = page + 1, 60
        tops.append((page, y))
        y += height
    first = len(pages.pages) - 1
    pages.pages += [[] for _ in range(page)]
    every = pages.pages
    for c in sorted(cells):
        for part in range(page + 1):
            rows = [r for r in range(c[0], c[0] + c[2]) if tops[r][0] == part]
            if not rows:
                continue
            pages.pages = every[: first + part + 1]
            top, low = tops[rows[0]][1], tops[rows[-1]][1] + heights[rows[-1]]
            if rows[0] == c[0]:
                for n, line in enumerate(lines[c]):
                    pages.text(edges[c[1]] + 3, top + 11 + n * LEAD, line)
            if ruled:
                left, right = edges[c[1]], edges[c[1] + c[3]]
                pages.rule(left, top, left, low)
                pages.rule(right, top, right, low)
                if closed or rows[0] == c[0]:
                    pages.rule(left, top, right, top)
                if closed or rows[-1] == c[0] + c[2] - 1:
                    pages.rule(left, low, right, low)
    pages.pages = every
    return y
