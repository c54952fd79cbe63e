"""A real Chromium for the pages, at phone and desktop width, which minds the console and accessibility."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

PHONE, DESKTOP = (390, 844), (1280, 800)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
PICTURES = os.environ.get("GONGKAI_PICTURES")
"""A folder for screenshots, for those who want to look at the pages."""

Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; its tests are skipped loudly on a machine without it and fail in CI."""
    path = os.environ.get("GONGKAI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium in CI")
        pytest.skip("*** NO CHROMIUM ON THIS MACHINE, THE BROWSER TESTS ARE SKIPPED ***")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(browser: Browser) -> AsyncIterator[Open]:
    """Opens pages of their own session; at the end no page may have written an error to the console."""
    complaints: list[str] = []

    async def open_page(size: tuple[int, int] = DESKTOP) -> Page:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(10_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on(
            "console",
            lambda message: complaints.append(f"console: {message.text}") if message.type == "error" else None,
        )
        page.complaints = complaints  # type: ignore[attr-defined]
        return page

    yield open_page
    assert complaints == []


async def look(page: Page, name: str) -> None:
    """Check the page as it stands against WCAG 2.1 AA and for sideways scrolling; keep a picture if one is wanted."""
    if PICTURES:
        await page.screenshot(path=f"{PICTURES}/{name}-{page.viewport_size['width']}.png", full_page=True)
    result = await Axe().run(page, options=WCAG)
    assert result.violations_count == 0, f"{name}: {result.generate_report()}"
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name}: the page is {wide} px wider than the screen"
