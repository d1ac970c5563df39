"""The trigger rules in force, and reading their file anew while events come in: all of it, or nothing."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from dialer.domain.errors import BadInput
from dialer.domain.trigger import TriggerRule
from dialer.engine.triggers import Triggers

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TriggerChange:
    change: Literal["added", "changed", "gone"]
    rule: TriggerRule
    """As it is now; of one that is gone, as it was."""


class TriggerDesk:
    def __init__(self, triggers: Triggers, read: Callable[[], Sequence[TriggerRule]]) -> None:
        """`read`: reads the file, from the disk, and raises BadInput for what is wrong in it."""
        self._triggers, self._read = triggers, read
        self._turn = asyncio.Lock()

    @property
    def in_force(self) -> Sequence[TriggerRule]:
        return self._triggers.rules

    async def reload(self, by: str) -> Sequence[TriggerChange]:
        """Read the file anew and go by it from the next event on; `by`: who wants it, for the log. What has changed.

        BadInputs with every fault in it, BadInput when it can't be read: the rules in force stay.
        """
        async with self._turn:
            try:
                read = tuple(await asyncio.to_thread(self._read))
            except BadInput as error:
                _log.error("trigger rules stay as they are, for their file (read for %s) has faults: %s", by, error)
                raise
            changes = changes_of(self.in_force, read)
            self._triggers.rules = read
            for one in changes:
                _log.info("trigger rule %s: %s, by %s", one.change, one.rule.id, by)
            if not changes:
                _log.info("trigger rules read anew for %s are those in force already", by)
            return changes


def changes_of(before: Sequence[TriggerRule], after: Sequence[TriggerRule]) -> list[TriggerChange]:
    """By the rules' ids, in the order of what is read, then what is gone."""
    known = {rule.id: rule for rule in before}
    found = [
        TriggerChange("changed" if rule.id in known else "added", rule) for rule in after if known.get(rule.id) != rule
    ]
    left = {rule.id for rule in after}
    return [*found, *(TriggerChange("gone", rule) for rule in before if rule.id not in left)]
