"""What a real Asterisk tells of sounds when its dialplan, or the sound itself, is not as it should be."""

import pytest

from dialer.domain.errors import ActionRefused
from tests.asterisk.fixtures import AGENTS, CAMPAIGN
from tests.asterisk.instance import AsteriskInstance, free_ports
from tests.contract.telephone_worlds import NO_SUCH_SOUND, asterisk_world

pytestmark = [pytest.mark.asterisk, pytest.mark.xdist_group("asterisk")]
SKIPS, PLAYS = ",o(86400000))", ",o(0))"


def without_the_question(name: str, text: str) -> str:
    return text.replace("[dialer-sound]", "[somebody-elses]")


def without_skipping(name: str, text: str) -> str:
    """As a format plays that Asterisk can't seek in."""
    assert name != "dialer_extensions.conf" or SKIPS in text
    return text.replace(SKIPS, PLAYS)


def without_the_module(name: str, text: str) -> str:
    return text + "noload = app_controlplayback.so\n" if name == "modules.conf" else text


async def test_a_dialplan_of_an_older_release_says_that_it_must_be_written_anew(asterisk_is_here: None) -> None:
    with AsteriskInstance([CAMPAIGN], AGENTS, free_ports(), without_the_question) as asterisk:
        async with asterisk_world(asterisk, "sounds-1") as world:
            with pytest.raises(ActionRefused, match="write it anew"):
                await world.telephony.has_sound(world.server, "beep")


async def test_without_the_module_that_plays_it_nothing_is_told(asterisk_is_here: None) -> None:
    with AsteriskInstance([CAMPAIGN], AGENTS, free_ports(), without_the_module) as asterisk:
        async with asterisk_world(asterisk, "sounds-3") as world:
            with pytest.raises(ActionRefused, match="asterisk check"):
                await world.telephony.has_sound(world.server, "beep")


async def test_a_sound_that_can_not_be_skipped_is_there_all_the_same(asterisk_is_here: None) -> None:
    with AsteriskInstance([CAMPAIGN], AGENTS, free_ports(), without_skipping) as asterisk:
        async with asterisk_world(asterisk, "sounds-2") as world:
            assert await world.telephony.has_sound(world.server, "vm-opts") is True
            assert await world.telephony.has_sound(world.server, NO_SUCH_SOUND) is False
