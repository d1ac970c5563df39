"""The page on which customers say how they want to be contacted, in a real browser."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from dialer.domain.contact import Channel
from dialer.domain.preferences import Preferences
from tests.api.rig import ApiRig, api_rig
from tests.browser.conftest import WIDTHS

Photographed = Callable[[Page, str], Awaitable[list[Path]]]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ApiRig]:
    async with api_rig(tmp_path) as rig:
        yield rig


async def a_link(rig: ApiRig, preferences: Preferences | None = None) -> str:
    contact = rig.floor.book.add_contact("+12122020106", name="Ada")
    if preferences is not None:
        await rig.known.keep(contact, preferences, "agent 1001", rig.floor.clock.now())
    return rig.base + str((await rig.post(f"/v1/contacts/{contact}/preferences/link", role="agent")).body["link"])


async def choose(page: Page, question: str, answer: str) -> None:
    await page.get_by_role("group", name=question, exact=True).get_by_label(answer).check()


async def test_a_customer_changes_their_preferences_and_finds_them_kept(
    rig: ApiRig, page: Page, photographed: Photographed
) -> None:
    link = await a_link(rig, Preferences(channels=(Channel.EMAIL,)))
    await page.goto(link)
    await expect(page).to_have_title("How we may contact you")
    await expect(page.get_by_role("group", name="E-mail").get_by_label("Yes, please")).to_be_checked()
    await choose(page, "Telephone calls", "No")
    await choose(page, "Text messages (SMS)", "Yes, please")
    await choose(page, "Surveys", "No")
    monday = page.get_by_role("group", name="Monday")
    await monday.get_by_label("from").fill("09:00")
    await monday.get_by_label("until").fill("12:30")
    await photographed(page, "filled-in")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved.")
    await photographed(page, "saved")

    await page.goto(link)
    await expect(page.get_by_role("status")).to_have_count(0)
    for question, answer in {"Telephone calls": "No", "Text messages (SMS)": "Yes, please", "Surveys": "No"}.items():
        group = page.get_by_role("group", name=question, exact=True)
        await expect(group.get_by_label(answer)).to_be_checked()
    await expect(monday.get_by_label("from")).to_have_value("09:00")
    await expect(monday.get_by_label("until")).to_have_value("12:30")
    [kept] = [one.preferences for one in rig.floor.book.contacts.values()]
    assert kept.channels == (Channel.EMAIL, Channel.SMS)


async def test_wrong_times_are_told_and_what_was_chosen_stays(
    rig: ApiRig, page: Page, photographed: Photographed
) -> None:
    await page.goto(await a_link(rig))
    await choose(page, "Telephone calls", "No")
    tuesday = page.get_by_role("group", name="Tuesday")
    await tuesday.get_by_label("from").fill("14:00")
    await tuesday.get_by_label("until").fill("09:00")
    await page.get_by_role("button", name="Save").click()
    told = page.get_by_role("alert")
    await expect(told).to_contain_text("Nothing is saved yet")
    await expect(told).to_contain_text("Tuesday: the end must be after the beginning.")
    await expect(page.get_by_role("group", name="Telephone calls").get_by_label("No")).to_be_checked()
    await expect(tuesday.get_by_label("from")).to_have_value("14:00")
    await photographed(page, "wrong")


async def test_a_forged_or_an_old_link_is_refused_kindly(rig: ApiRig, page: Page, photographed: Photographed) -> None:
    link = await a_link(rig)
    answer = await page.goto(link[:-4] + "AAAA")
    assert answer is not None
    assert answer.status == 404
    await expect(page.get_by_role("heading")).to_have_text("This link is not valid")
    await expect(page.get_by_text("ask us for a new link")).to_be_visible()
    await photographed(page, "forged")

    links, contact = rig.known.knowledge().links, rig.floor.book.add_contact("+12122020107")
    old, _ = links.link(contact, rig.floor.clock.now() - timedelta(days=31))
    answer = await page.goto(rig.base + old)
    assert answer is not None
    assert answer.status == 410
    await expect(page.get_by_role("heading")).to_have_text("This link has ended")


@pytest.mark.parametrize("width", WIDTHS)
async def test_the_page_fits_its_window_and_can_be_used_by_keyboard_alone(rig: ApiRig, page: Page, width: str) -> None:
    await page.set_viewport_size(WIDTHS[width])
    await page.goto(await a_link(rig))
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowLeft")
    await expect(page.get_by_role("group", name="Telephone calls").get_by_label("Yes, please")).to_be_checked()
    await page.get_by_role("button", name="Save").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Saved.")
