"""A real browser for the pages that people see: Chromium, driven by Playwright, one a test."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

WIDTHS: dict[str, ViewportSize] = {
    "phone": {"width": 360, "height": 740},
    "desktop": {"width": 1280, "height": 900},
}


def chromium() -> str | None:
    """The machine's own program: a browser of its own, which Playwright would fetch, is not used."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = chromium()
    if program is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium), nor one that CHROMIUM names")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # which Chromium refuses to root
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=sandbox)
        yield opened
        await opened.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Of a browser in which no script fails, and nothing is asked for that the page's policy forbids."""
    opened = await browser.new_page()
    faults: list[str] = []
    opened.on("console", lambda told: faults.append(told.text) if told.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    assert [one for one in faults if "Failed to load resource" not in one] == []


@pytest.fixture
def photographed(tmp_path: Path) -> Callable[[Page, str], Awaitable[list[Path]]]:
    """Takes pictures of the whole page, as it looks on a phone and on a desk, into the test's own folder."""

    async def take(page: Page, name: str) -> list[Path]:
        made = []
        for width, size in WIDTHS.items():
            await page.set_viewport_size(size)
            made.append(tmp_path / f"{name}-{width}.png")
            await page.screenshot(path=made[-1], full_page=True)
        return made

    return take
