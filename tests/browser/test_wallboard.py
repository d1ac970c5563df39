"""The wallboard in a real browser: before a floor in memory, and before the demo."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.api.rig import TOKENS, ApiRig, api_rig
from tests.api.switch_groups import HALLE, LEIPZIG, OPENED

Photographed = Callable[[Page, str], Awaitable[list[Path]]]
PICTURE = os.environ.get("PACELINE_PICTURES", "")
"""Folder in which pictures for the documents are kept; empty: none are."""


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ApiRig]:
    async with api_rig(tmp_path) as rig:
        await rig.floor.make_campaign()
        yield rig


def tile(page: Page, words: str) -> str:
    return f".tile:has(span:text-is('{words}')) b"


async def test_who_signs_in_sees_the_floor_live(rig: ApiRig, page: Page, photographed: Photographed) -> None:
    await page.goto(rig.base)
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    for wrong in ("no such token at all", "nosuchtoken-atall", "schlüssel"):
        await page.get_by_label("Token").fill(wrong)
        await page.get_by_role("button").click()
        await expect(page.get_by_role("alert")).to_have_text("This token is not known here.")
    await page.get_by_label("Token").fill(TOKENS["wallboard"])
    await page.get_by_role("button").click()
    await expect(page.get_by_role("status")).to_have_text("live")
    busy = page.locator(tile(page, "agents on calls, of those working"))
    await expect(busy).to_have_text("0 / 0")
    await rig.in_a_call()
    await expect(busy).to_have_text("1 / 1", timeout=15_000)
    await expect(page.get_by_role("row", name="autumn")).to_contain_text("progressive")
    await expect(page.locator(".chart:has(.main-svg)")).to_have_count(3)
    await photographed(page, "wallboard")

    await page.reload()
    await expect(page.get_by_role("status")).to_have_text("live")


async def test_marketing_that_is_off_is_seen_with_its_cause(page: Page, tmp_path: Path) -> None:
    async with api_rig(tmp_path, groups=[LEIPZIG, HALLE], remembered=[OPENED]) as rig:
        await page.goto(f"{rig.base}/#token={TOKENS['quality']}")
        await expect(page.locator(".group.off", has_text="Marketing off: halle")).to_be_visible()
        await expect(page.locator(".chart:has(.main-svg)")).to_have_count(4)


async def test_a_token_in_the_address_signs_in_and_does_not_stay_there(rig: ApiRig, page: Page) -> None:
    await page.goto(f"{rig.base}/#token={TOKENS['supervisor']}")
    await expect(page.get_by_role("status")).to_have_text("live")
    assert page.url == f"{rig.base}/"
    assert TOKENS["supervisor"] not in await page.evaluate("document.cookie")


async def test_a_role_that_may_not_see_it_is_told_so(rig: ApiRig, page: Page) -> None:
    await page.goto(f"{rig.base}/#token={TOKENS['shop']}")
    await expect(page.get_by_role("alert")).to_have_text("This token's role may not see the wallboard.")


async def test_a_board_that_hears_nothing_says_so(rig: ApiRig, page: Page) -> None:
    await page.clock.install()
    await page.goto(f"{rig.base}/#token={TOKENS['wallboard']}")
    await expect(page.get_by_role("status")).to_have_text("live")
    await page.evaluate("stream.close()")
    await page.clock.run_for(9_000)
    await expect(page.get_by_role("status")).to_contain_text("nothing heard for")


async def test_the_demo_shows_its_day_in_a_browser(page: Page) -> None:
    command = [sys.executable, "-m", "dialer", "demo", "--seconds", "45"]
    demo = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert demo.stdout is not None
    said = ""
    async with asyncio.timeout(240):
        while not (found := re.search(r"http://\S+", said)):
            line = (await demo.stdout.readline()).decode()
            assert line, f"the demo ended: {said}"
            said += line
        rest = asyncio.ensure_future(demo.stdout.read())
        await page.set_viewport_size({"width": 1600, "height": 1150})
        await page.goto(found.group())
        await expect(page.get_by_text("new-york").first).to_be_visible(timeout=60_000)
        await expect(page.get_by_role("row", name="autumn-offer")).to_contain_text("running, predictive")
        answers = page.locator(tile(page, "live answers"))
        await expect(answers).to_have_text(re.compile(r"^[1-9]\d"), timeout=60_000)
        if PICTURE:
            await expect(answers).to_have_text(re.compile(r"^\d{3}"), timeout=60_000)
            await page.screenshot(path=Path(PICTURE) / "wallboard.png")
        told = json.loads((await rest).decode().strip().splitlines()[-1])
        await demo.wait()
    assert (told["differences"], told["proof_faults"]) == (0, 0)
    assert told["attempts"] > 100
