"""The file of trigger rules read anew while events come in: all of it between two events, or nothing."""

from pathlib import Path

import pytest

from dialer.bootstrap import trigger_rules
from dialer.domain.errors import BadInput, BadInputs
from dialer.domain.ids import ContactId
from dialer.domain.trigger import ContactEvent, Whom
from tests.flow.rig import Rig, new_rig

pytestmark = pytest.mark.looptime
GOOD = """
[[rules]]
id = "abroad"
event = "roaming"
campaign = "autumn"
deadline_minutes = 30
"""
OTHER = GOOD.replace("= 30", "= 60") + GOOD.replace("abroad", "arrived").replace("roaming", "landed")


async def ruled_rig(folder: Path, text: str) -> Rig:
    rig = new_rig(folder)
    rig.trigger_file = folder / "triggers.toml"
    rig.trigger_file.write_text(text)
    rig.trigger_rules = trigger_rules(rig.trigger_file)
    await rig.make_campaign()
    return rig


def write(rig: Rig, text: str) -> None:
    assert rig.trigger_file is not None
    rig.trigger_file.write_text(text)


async def raised_by(rig: Rig, kind: str) -> list[str]:
    """The rules by which an event of this kind raises a lead of somebody new."""
    contact = rig.book.add_contact(f"+1212555{len(rig.book.contacts):04}")
    event = ContactEvent(f"e{contact}", kind, rig.clock.now(), Whom(ContactId(contact)))
    [taken] = await rig.desk.triggers.take([event])
    return [one.rule for one in taken.raised]


async def test_new_rules_hold_from_the_next_event_on_and_what_changed_is_told(tmp_path: Path) -> None:
    rig = await ruled_rig(tmp_path, GOOD)
    async with rig.working():
        assert (await raised_by(rig, "roaming"), await raised_by(rig, "landed")) == (["abroad"], [])
        write(rig, OTHER)
        assert await raised_by(rig, "landed") == [], "an edit alone changes nothing"
        changes = await rig.desk.trigger_rules.reload("susan")
        assert [(one.change, one.rule.id) for one in changes] == [("changed", "abroad"), ("added", "arrived")]
        assert (await raised_by(rig, "roaming"), await raised_by(rig, "landed")) == (["abroad"], ["arrived"])
        write(rig, "")
        changes = await rig.desk.trigger_rules.reload("susan")
        assert [(one.change, one.rule.id) for one in changes] == [("gone", "abroad"), ("gone", "arrived")]
        assert await raised_by(rig, "roaming") == []


async def test_with_any_fault_all_are_named_and_the_old_rules_stay(tmp_path: Path) -> None:
    rig = await ruled_rig(tmp_path, GOOD)
    async with rig.working():
        before = rig.desk.trigger_rules.in_force
        write(rig, OTHER.replace('campaign = "autumn"', "campaign = 7", 1) + '[[rules]]\nid = "new"\n')
        with pytest.raises(BadInputs) as refused:
            await rig.desk.trigger_rules.reload("susan")
        assert [fault.place for fault in refused.value.faults] == [
            "triggers.toml: rule abroad: campaign",
            "triggers.toml: rule new: campaign",
            "triggers.toml: rule new: deadline_minutes",
        ]
        assert rig.desk.trigger_rules.in_force is before
        assert await raised_by(rig, "roaming") == ["abroad"]


async def test_a_file_that_is_gone_is_named_and_the_old_rules_stay(tmp_path: Path) -> None:
    rig = await ruled_rig(tmp_path, GOOD)
    async with rig.working():
        assert rig.trigger_file is not None
        rig.trigger_file.unlink()
        with pytest.raises(BadInput, match="can't be read"):
            await rig.desk.trigger_rules.reload("susan")
        assert await raised_by(rig, "roaming") == ["abroad"]


async def test_the_same_rules_again_change_nothing(tmp_path: Path) -> None:
    rig = await ruled_rig(tmp_path, GOOD)
    async with rig.working():
        write(rig, f"# another comment\n{GOOD}")
        assert list(await rig.desk.trigger_rules.reload("susan")) == []
