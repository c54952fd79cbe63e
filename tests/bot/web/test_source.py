"""The document beside the tables: the right place is marked, and nothing of the file becomes markup."""

import io
import re
from collections.abc import Callable

from PIL import Image, ImageChops

from bot.web.desk.source import blocks
from storage.clock import FixedClock
from storage.database import Database
from storage.facts import Place
from storage.reading.parse import parse
from storage.reading.reader import read_bytes
from storage.reports.drafts import Upload, complete, store_draft
from storage.staff import Role
from tests.bot.web.conftest import Arrive, Person
from tests.builders import add_draft
from tests.storage.reading.read_forms import form
from tests.storage.reading.read_pdfs import as_pdf

PAGE = """<html><body><h1>某某县2023年政府信息公开工作年度报告</h1><p>总体情况 &lt;script&gt;alert(1)&lt;/script&gt;</p>
<table><tr><td colspan="4">第二十条第（一）项</td></tr>
<tr><td>信息内容</td><td>本年制发件数</td><td>本年废止件数</td><td>现行有效件数</td></tr>
<tr><td>规章</td><td>0</td><td>0</td><td>0</td></tr><tr><td>行政规范性文件</td><td>3</td><td>1</td><td>17</td></tr></table>
</body></html>"""


async def test_place_of_a_cell_is_marked_and_text_stays_text(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    content = PAGE.encode()
    reading = complete(read_bytes(content, name="a.html"), agency="某某县人社局", year=2023)
    place = reading.cells["t2.normative.valid"].place
    assert place is not None
    async with sqlite.write() as session:
        upload = Upload(content, "a.html")
        draft = await store_draft(session, reading, upload, actor="x", now=clock.now(), max_bytes=10**6)
    person = await arrive("chen", Role.READER)
    page = await person.get(f"/desk/reports/{draft.version_id}/document?cell=t2.normative.valid")
    assert page.count('id="here"') == 1
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "没能在原文里定位" in await person.get(f"/desk/reports/{draft.version_id}/document?cell=x")


async def test_pages_of_a_pdf_are_shown_with_the_cell_marked(
    sqlite: Database, clock: FixedClock, arrive: Arrive, newcomer: Callable[[], Person]
) -> None:
    content = as_pdf(form().blocks)
    reading = complete(read_bytes(content, name="a.pdf"), agency="某某县人社局", year=2024)
    async with sqlite.write() as session:
        upload = Upload(content, "a.pdf")
        draft = await store_draft(session, reading, upload, actor="x", now=clock.now(), max_bytes=10**6)
    person = await arrive("chen", Role.READER)
    place = reading.cells["t3.new.total"].place
    assert place is not None
    page = await person.get(f"/desk/reports/{draft.version_id}/document?cell=t3.new.total")
    path = re.search(r'<img src="([^"]+)"', page).group(1)
    assert path.endswith(f"/pages/{place.page}?cell=t3.new.total")
    pictures = []
    for at in (path, path.split("?")[0]):
        response = await person.client.get(at)
        assert (response.status, response.content_type) == (200, "image/png")
        assert response.headers["Cache-Control"] == "no-store"
        pictures.append(Image.open(io.BytesIO(await response.read())).convert("RGB"))
    blue = ImageChops.difference(*(p.getchannel("B") for p in pictures))
    marked = blue.point(lambda value: 255 if value > 90 else 0).getbbox()
    assert marked is not None
    assert marked[2] - marked[0] < 200
    assert marked[3] - marked[1] < 200
    await person.get(f"/desk/reports/{draft.version_id}/pages/99", 400)
    stranger = await newcomer().client.get(path, allow_redirects=False)
    assert stranger.status == 303


async def test_other_files_have_no_page_pictures(sqlite: Database, clock: FixedClock, arrive: Arrive) -> None:
    draft = await add_draft(sqlite, clock, content=PAGE.encode())
    person = await arrive("chen", Role.READER)
    await person.get(f"/desk/reports/{draft.version_id}/pages/1", 404)
    assert "<img" not in await person.get(f"/desk/reports/{draft.version_id}/document?cell=t3.new.total")


async def test_unknown_version_is_not_found(arrive: Arrive) -> None:
    await (await arrive("chen", Role.READER)).get("/desk/reports/99/document?cell=t3.new.total", 404)


def test_the_very_cell_is_marked_where_its_column_is_known() -> None:
    shown = blocks(parse(PAGE.encode(), name="a.html"), Place(table=1, row=4, column=4))
    assert [box.text for b in shown for row in b.rows for box in row if box.here] == ["17"]
    shown = blocks(parse("第一行\n\n第二行".encode(), name="a.txt"), Place(line=3))
    assert [b.text for b in shown if b.here] == ["第二行"]
