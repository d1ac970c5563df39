"""The pool of caller ids in memory; tests/contract/test_caller_ids.py holds it to the real one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dialer.domain.caller_id import CallerId, CallerIdUse
from dialer.domain.errors import NotFound
from dialer.domain.phone import PhoneNumber
from tests.fakes.contact_book import FakeContactBook


@dataclass
class FakeCallerIdBook:
    book: FakeContactBook
    held: dict[str, CallerId] = field(default_factory=dict)

    async def uses(self, since: datetime) -> Sequence[CallerIdUse]:
        return [self._use(self.held[number], since) for number in sorted(self.held)]

    def _use(self, caller_id: CallerId, since: datetime) -> CallerIdUse:
        shown = [
            one
            for one in self.book.attempts.values()
            if one.attempt.caller_id == caller_id.number.e164 and one.attempt.opened_at > since
        ]
        ended = [one for one in shown if one.closed and one.counts]
        return CallerIdUse(
            caller_id,
            len(shown),
            min((one.attempt.opened_at for one in shown), default=None),
            len(ended),
            sum(one.closed is not None and one.closed.ended.end.answered_at is not None for one in ended),
        )

    async def put(self, caller_id: CallerId) -> None:
        known = [campaign.id for campaign in await self.book.campaigns()]
        if caller_id.campaign is not None and caller_id.campaign not in known:
            raise NotFound(f"no campaign with number {caller_id.campaign}")
        self.held[caller_id.number.e164] = caller_id

    async def remove(self, number: PhoneNumber) -> None:
        if self.held.pop(number.e164, None) is None:
            raise NotFound(f"{number.e164} is not among the caller ids")
