"""The rules in force, and reading their files anew while calls go on: all of it, or nothing."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from compliance.rule_rows import changes_of
from compliance.rulebook import Rules
from dialer.domain.errors import BadInput
from dialer.engine.engine import Engine

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reload:
    before: str
    """Digest of the rule files that were in force."""
    after: str
    """Of those that are now."""
    rows: Sequence[Mapping[str, str]]
    """Rules added, changed and gone (compliance/rule_rows.py)."""

    @property
    def changed(self) -> bool:
        return self.before != self.after


class RuleDesk:
    def __init__(self, engine: Engine, read: Callable[[], Rules]) -> None:
        self._engine, self._read = engine, read
        self._turn = asyncio.Lock()

    @property
    def in_force(self) -> Rules:
        return self._engine.gate.rules

    async def reload(self, by: str) -> Reload:
        """Read all rule files anew and go by them from the next verdict on; `by`: who wants it, for the log.

        BadInputs with every fault in them, BadInput when they can't be read: the rules in force stay.
        """
        async with self._turn:
            try:
                read = await asyncio.to_thread(self._read)
            except BadInput as error:
                _log.error("rules stay as they are, for their files (read for %s) have faults: %s", by, error)
                raise
            before = self.in_force
            reload = Reload(before.digest, read.digest, changes_of(before, read))
            if reload.changed:
                self._engine.go_by(read)
                _log.info("rules changed by %s: %s, before %s", by, reload.after, reload.before)
                for row in reload.rows:
                    _log.info("rule %s: %s, %s: %s", row["change"], row["rule"], row["kind"], row["figure"])
            else:
                _log.info("rule files read anew for %s are those in force already: %s", by, reload.after)
            return reload
