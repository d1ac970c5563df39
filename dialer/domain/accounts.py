"""Accounts in layers, and in which of their roles a person is met at this time of day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from dialer.domain.errors import BadInput
from dialer.domain.week_time import WeekTime, hold

AccountId = NewType("AccountId", int)
MOST_LAYERS = 10
"""An account lies under at most so many others."""
OFFICE_HOURS = (WeekTime(("mon", "tue", "wed", "thu", "fri"), time(9), time(17)),)
"""When a business profile is active unless it says otherwise."""


class AccountKind(StrEnum):
    BUSINESS = "business"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Account:
    id: AccountId
    name: str
    kind: AccountKind
    parent: AccountId | None = None
    external_key: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """A contact in an account: one of the person's profiles."""

    account: Account
    role: str = ""
    hours: tuple[WeekTime, ...] = ()
    """When this profile is the active one, in the person's local time; none: as its kind has it."""
    above: Sequence[Account] = ()
    """The accounts above, the nearest first."""


@dataclass(frozen=True, slots=True)
class Profile:
    kind: AccountKind
    membership: Membership | None
    """None: as a private person, without an account."""
    reason: str


def active_profile(memberships: Sequence[Membership], zones: Sequence[str], now: datetime) -> Profile | None:
    """As whom the person is met now. None: that depends on in which of the zones they are, or none is known.

    A profile whose own hours hold now comes first, then a business one in office hours, then a private one.
    """
    if not any(one.account.kind is AccountKind.BUSINESS or one.hours for one in memberships):
        return _private(memberships)
    found = [_at(memberships, now.astimezone(ZoneInfo(zone))) for zone in zones]
    return found[0] if found and all(one.membership == found[0].membership for one in found) else None


def _at(memberships: Sequence[Membership], local: datetime) -> Profile:
    for one in memberships:
        if one.hours and hold(one.hours, local):
            return Profile(one.account.kind, one, "its hours")
    for one in memberships:
        if one.account.kind is AccountKind.BUSINESS and not one.hours and hold(OFFICE_HOURS, local):
            return Profile(AccountKind.BUSINESS, one, "office hours")
    return _private(memberships)


def _private(memberships: Sequence[Membership]) -> Profile:
    own = next((one for one in memberships if one.account.kind is AccountKind.PRIVATE and not one.hours), None)
    return Profile(AccountKind.PRIVATE, own, "no other profile is active")


def check_layers(account: AccountId | None, below: int, above: Sequence[AccountId]) -> None:
    """BadInput when an account with `below` layers under it can't lie under the first of `above`, which lies under the
    rest; `account` None: a new one."""
    if account in above:
        chain = " under ".join(map(str, above[: above.index(account) + 1])) if account is not None else ""
        words = "itself" if above[0] == account else f"{above[0]}: it would lie under itself ({chain})"
        raise BadInput(f"account {account} can't lie under {words}", "parent")
    if below + len(above) > MOST_LAYERS:
        raise BadInput(f"an account lies under at most {MOST_LAYERS} others", "parent")
