"""A report from the file to a draft without doubts, in a real browser."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect

from storage.catalogue import Meaning
from storage.clock import FixedClock
from storage.database import Database
from storage.facts import CellReading
from storage.reading.page_image import WIDTH
from storage.reading.reader import read_bytes
from storage.reports.drafts import Upload, complete, store_draft
from storage.staff import Role
from tests.e2e.conftest import DESKTOP, PHONE, Open, look
from tests.e2e.desk import desk_at, hire, sign_in
from tests.storage.reading.read_forms import form
from tests.storage.reading.read_pdfs import as_pdf


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_seed_document_becomes_a_draft(
    sqlite: Database, open_page: Open, shared: Path, size: tuple[int, int]
) -> None:
    async with desk_at(sqlite) as address:
        await hire(sqlite, "liqiang", "李强", Role.EDITOR)
        page = await open_page(size)
        await sign_in(page, address, "liqiang")
        await page.get_by_role("link", name="年报").first.click()
        await look(page, "reports-empty")
        await page.get_by_label("选择文件").set_input_files(next((shared / "seed").glob("*.txt")))
        await page.get_by_role("button", name="载入").click()
        await expect(page.get_by_role("heading", name="还差一点信息")).to_be_visible(timeout=30_000)
        await look(page, "reports-name")
        await page.get_by_label("单位全称").fill("某某县人力资源和社会保障局")
        await page.get_by_role("button", name="继续").click()
        await expect(page.get_by_role("heading", name="2023年年报 · 第1版")).to_be_visible(timeout=30_000)
        await expect(page.locator("#cell-t2\\.coercion")).to_have_text("空白")
        await look(page, "reports-version")
        await expect(page.locator("#cell-t3\\.granted\\.total")).to_have_text("认不清")
        await page.locator("#cell-t3\\.new\\.total a").click()
        await expect(page.get_by_role("heading", name="表三·本年新收")).to_be_visible()
        await expect(page.locator("#source .here")).to_be_attached(timeout=30_000)
        await page.locator("#source").scroll_into_view_if_needed()
        await expect(page.locator("#source .here")).to_be_in_viewport()
        await look(page, "reports-settle")
        await page.get_by_label("总计").fill("3")
        await page.get_by_role("button", name="保存").click()
        await expect(page.get_by_text("表三·本年新收已处理")).to_be_visible()
        await expect(page.locator("#cell-t3\\.new\\.total")).to_have_text("3")
        await expect(page.get_by_text("各类申请人之和应等于总计").first).to_be_visible()
        await look(page, "reports-doubts")
        await page.get_by_role("link", name="年报").first.click()
        await look(page, "reports")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
async def test_lost_rows_are_settled_together_and_a_pdf_page_stands_beside_the_cells(
    sqlite: Database, clock: FixedClock, open_page: Open, size: tuple[int, int]
) -> None:
    content = as_pdf(form().blocks)
    reading = complete(read_bytes(content, name="a.pdf"), agency="某某县人社局", year=2024)
    lost = {i for i in reading.cells if i.startswith(("t3.granted.", "t3.partial."))}
    cells = {
        i: CellReading(i, Meaning.UNREADABLE, raw="？", place=c.place) for i, c in reading.cells.items() if i in lost
    }
    reading = replace(reading, cells=dict(reading.cells) | cells)
    async with sqlite.write() as session:
        upload = Upload(content, "年报.pdf")
        draft = await store_draft(session, reading, upload, actor="x", now=clock.now(), max_bytes=10**6)
    async with desk_at(sqlite) as address:
        await hire(sqlite, "liqiang", "李强", Role.EDITOR)
        page = await open_page(size)
        await sign_in(page, address, "liqiang")
        await page.goto(f"{address}/desk/reports/{draft.version_id}")
        await look(page, "pdf-version")
        await page.locator("#cell-t3\\.granted\\.total a").click()
        picture = page.locator("#source img")
        await expect(picture).to_be_visible(timeout=30_000)
        await expect(picture).to_have_js_property("naturalWidth", WIDTH, timeout=30_000)
        await look(page, "pdf-source")
        first = await picture.get_attribute("src")
        await page.get_by_role("button", name="下一页").click()
        assert await picture.get_attribute("src") != first
        await page.goto(f"{address}/desk/reports/{draft.version_id}")
        await page.get_by_role("button", name="全部勾上").click()
        await page.get_by_label("照读出的样子保留").check()
        await page.get_by_label("理由", exact=True).fill("文件里行名丢失，待核对纸质原件")
        await page.get_by_role("button", name="处理勾选的行").click()
        await expect(page.get_by_text("已处理14格。")).to_be_visible()
        await expect(page.locator("#together")).to_have_count(0)
        await page.locator("a[href$='figure=0#figure']").click()
        await page.get_by_role("radio", name="更正").check()
        await page.locator("#figure-value").fill("98")
        await page.locator("#figure").get_by_label("理由").fill("原件第一段写的是98条")
        await look(page, "pdf-figure")
        await page.locator("#figure").get_by_role("button", name="保存").click()
        await expect(page.get_by_text("读出97")).to_be_visible()
        await look(page, "pdf-settled")


async def test_what_is_no_report_is_said_and_kept(sqlite: Database, open_page: Open) -> None:
    async with desk_at(sqlite) as address:
        await hire(sqlite, "liqiang", "李强", Role.EDITOR)
        page = await open_page(PHONE)
        await sign_in(page, address, "liqiang")
        await page.goto(f"{address}/desk/reports")
        image = BytesIO()
        Image.new("RGB", (20, 20)).save(image, "PNG")
        picture = {"name": "照片.png", "mimeType": "image/png", "buffer": image.getvalue()}
        await page.get_by_label("选择文件").set_input_files(picture)
        await page.get_by_role("button", name="载入").click()
        await expect(page.get_by_role("heading", name="没有读成")).to_be_visible(timeout=30_000)
        await look(page, "reports-failed")
        await page.goto(f"{address}/desk/reports")
        await expect(page.get_by_role("link", name="照片.png")).to_be_visible()
