"""The daily report in a real browser: of a made-up day, and of the demo's, whose picture is in the README."""

import asyncio
import os
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from monitoring.day_report.files import report_files
from tests.made_up_day import made_up_day

Photographed = Callable[[Page, str], Awaitable[list[Path]]]
PICTURES = os.environ.get("PACELINE_PICTURES", "")
"""Folder in which pictures for the documents are kept; empty: none are."""
NARROW: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def made_up(tmp_path: Path) -> str:
    [file] = report_files(made_up_day(), ["html"])
    (tmp_path / file.name).write_bytes(file.data)
    return (tmp_path / file.name).as_uri()


async def test_a_day_can_be_read_on_a_phone_and_on_a_desk(page: Page, made_up: str, photographed: Photographed) -> None:
    await page.goto(made_up)
    await expect(page.get_by_role("heading", name="Daily report: Thursday 26 November 2026")).to_be_visible()
    await expect(page.locator("figure svg")).to_have_count(4)
    await expect(page.get_by_text("left out: did not read the notice in two calls")).to_be_visible()
    await photographed(page, "day-report")
    await page.set_viewport_size(NARROW)
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    await expect(page.get_by_role("cell", name="Agent Ida (1009)")).to_be_visible()
    sizes = "[...document.querySelectorAll('figure svg')].map(one => one.getBoundingClientRect().width)"
    assert all(300 < width <= 390 for width in await page.evaluate(sizes))


async def test_it_is_printed_on_a_few_pages_of_a4(page: Page, made_up: str) -> None:
    await page.goto(made_up)
    printed = await page.pdf(prefer_css_page_size=True)
    pages = re.findall(rb"/MediaBox \[([\d. ]+)\]", printed) or re.findall(rb"/MediaBox\s*\[([^\]]+)\]", printed)
    assert 1 <= len(pages) <= 4
    width, height = (float(one) for one in pages[0].split()[2:])
    assert (round(width), round(height)) == (595, 842)


async def _asked(command: Sequence[str]) -> None:
    """Asked once more, which takes some of the demo's minutes."""
    await (await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)).wait()


async def test_the_demo_s_day_is_reported_on_while_it_runs(page: Page, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dialer", "demo", "--seconds", "170" if PICTURES else "45"]
    demo = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert demo.stdout is not None
    said = ""
    async with asyncio.timeout(400):
        while not (found := re.search(r"dialer (report day --api \S+ --token \S+) --out report.html", said)):
            line = (await demo.stdout.readline()).decode()
            assert line, f"the demo ended: {said}"
            said += line
        rest = asyncio.ensure_future(demo.stdout.read())
        out = tmp_path / "report.html"
        asked = (sys.executable, "-m", "dialer", *found[1].split(), "--force", "--out", str(out))
        while not rest.done():  # the last that it answers is the fullest
            await asyncio.wait([rest], timeout=10)
            await _asked(asked)
        await demo.wait()
    await page.set_viewport_size({"width": 1180, "height": 900})
    await page.goto(out.as_uri())
    await expect(page.get_by_text("So far: the day is not over.")).to_be_visible()
    for team in ("Amber", "Birch", "Cedar", "Dune"):
        await expect(page.get_by_role("cell", name=team, exact=True).first).to_be_visible()
    await expect(page.get_by_role("cell", name="Room 1, Albany / Room 5, Albany")).to_be_visible()
    assert await page.locator("tr:has(td.rank):not(.stay)").count() >= 20
    await expect(page.get_by_role("cell", name="east", exact=True)).to_be_visible()
    if PICTURES:
        await page.set_viewport_size({"width": 1180, "height": 1500})
        await page.screenshot(path=Path(PICTURES) / "daily-report.png")
