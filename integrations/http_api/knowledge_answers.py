"""What is answered about people's profiles."""

from datetime import date, datetime

from pydantic import Field

from dialer.domain.accounts import Account, AccountKind, Membership, active_profile
from dialer.domain.accuracy import Known, merged, rating, weight
from dialer.domain.attributes import Catalogue, Value, ValueType
from dialer.domain.contact import AttributeKind, Channel, Direction
from dialer.domain.preferences import Preferences
from dialer.domain.week_time import WeekTime
from dialer.engine.people.zones import zones_of
from dialer.ports.knowledge import ContactView
from integrations.http_api.answers import Answer, shown

_PLACES = 3
"""Decimal places of accuracies."""


class SaidAnswer(Answer):
    source: str
    value: str | bool | float | list[str]
    trust: float
    weight: float = Field(description="trust, faded by age")
    at: datetime


class AttributeAnswer(Answer):
    name: str
    label: str
    kind: AttributeKind
    unit: str
    value: str | bool | float | list[str] = Field(description="what the sources' weights speak for")
    accuracy: float = Field(description="0 to 1: the sources weighed against each other")
    disputed: bool = Field(description="a source says otherwise")
    source: str
    at: datetime
    said: list[SaidAnswer] = Field(description="all that sources say, the weightiest first")


class ProductAnswer(Answer):
    product: str
    since: date
    until: date | None
    source: str


class PastAnswer(Answer):
    at: datetime
    channel: Channel
    direction: Direction
    campaign: str
    topic: str
    outcome: str
    disposition: str
    agent: str = Field(description="or who else told of it")
    note: str


class HoursAnswer(Answer):
    days: list[str]
    begins: str
    ends: str


class AccountAnswer(Answer):
    id: int
    name: str
    kind: AccountKind
    parent: int | None
    external_key: str


class MembershipAnswer(Answer):
    account: AccountAnswer
    role: str
    hours: list[HoursAnswer]
    above: list[AccountAnswer] = Field(description="the accounts above, the nearest first")


class ProfileAnswer(Answer):
    kind: AccountKind
    account: int | None
    name: str = Field(description="of the account; empty: none")
    role: str
    reason: str


class PreferencesAnswer(Answer):
    channels: list[Channel]
    refused_channels: list[Channel]
    topics: list[str]
    refused_topics: list[str]
    call_times: list[HoursAnswer]


class SignAnswer(Answer):
    at: datetime
    sign: str
    grade: int
    reason: str
    note: str
    source: str
    lead: int | None


class StepAnswer(Answer):
    id: int
    what: str
    due_at: datetime | None
    channel: Channel | None
    source: str


class ViewAnswer(Answer):
    """A person in one picture."""

    contact: int
    name: str
    external_key: str
    time_zone: str | None
    region: str | None
    numbers: list[str] = Field(description="in full for supervisors; else masked")
    profile: ProfileAnswer | None = Field(description="as whom they are met now; null: the local time is not known")
    accuracy: float | None = Field(description="of all attributes, their mean, 0 to 1; null: nothing is known")
    attributes: list[AttributeAnswer] = Field(description="by kind and name")
    from_lists: dict[str, str] = Field(description="what lead lists gave besides, unchecked")
    products: list[ProductAnswer]
    preferences: PreferencesAnswer
    accounts: list[MembershipAnswer]
    churn_signs: list[SignAnswer] = Field(description="the latest first")
    next_steps: list[StepAnswer] = Field(description="open ones, the earliest due first")
    history: list[PastAnswer] = Field(description="over all channels, the latest first")


class Views(Answer):
    items: list[ViewAnswer]


class SpecAnswer(Answer):
    name: str
    kind: AttributeKind
    type: ValueType
    label: str
    unit: str
    choices: list[str]


class Attributes(Answer):
    items: list[SpecAnswer]
    sources: dict[str, float] = Field(description="who may tell them, and how far each is trusted")
    topics: dict[str, str] = Field(description="what people may want to hear about, or not")


class GuideSign(Answer):
    sign: str
    reason: str
    reaction: str
    grade: int
    answer: str
    campaign: str = Field(description="whose lead the customer becomes; empty: none")


class GuideAnswer(Answer):
    items: list[GuideSign] = Field(description="the most urgent first")
    grades: dict[str, str]


class RaisedAnswer(Answer):
    campaign: str
    lead: int | None = Field(description="now at the head of the campaign's list; null: it could not be raised")
    reason: str = Field(description="why not; empty: it was")


class FormFiled(Answer):
    contact: int
    raised: list[RaisedAnswer]


class LinkAnswer(Answer):
    link: str
    expires_at: datetime


class AccountTree(Answer):
    items: list[AccountAnswer] = Field(description="the account, and all under it, each after its parent")
    members: list[int] = Field(description="contacts of the account itself")


def hours_answer(hours: WeekTime) -> HoursAnswer:
    return HoursAnswer(days=list(hours.days), begins=f"{hours.begins:%H:%M}", ends=f"{hours.ends:%H:%M}")


def preferences_answer(kept: Preferences) -> PreferencesAnswer:
    return PreferencesAnswer(
        channels=list(kept.channels),
        refused_channels=list(kept.refused_channels),
        topics=list(kept.topics),
        refused_topics=list(kept.refused_topics),
        call_times=[hours_answer(one) for one in kept.call_times],
    )


def account_answer(account: Account) -> AccountAnswer:
    return AccountAnswer.model_validate(account)


def view_answer(view: ContactView, catalogue: Catalogue, now: datetime, *, numbers_in_full: bool) -> ViewAnswer:
    known = merged(catalogue.recall(view.attributes), now)
    rated = rating(known)
    return ViewAnswer(
        contact=view.contact,
        name=view.name,
        external_key=view.external_key,
        time_zone=view.time_zone,
        region=view.region,
        numbers=[shown(number, in_full=numbers_in_full) for _, number in view.numbers],
        profile=_profile(view, now),
        accuracy=None if rated is None else round(rated, _PLACES),
        attributes=[_attribute(one, now) for one in known],
        from_lists=dict(view.from_lists),
        products=[ProductAnswer.model_validate(one) for one in view.products],
        preferences=preferences_answer(view.preferences),
        accounts=[_membership(one) for one in view.memberships],
        churn_signs=[SignAnswer.model_validate(one) for one in view.signs],
        next_steps=[StepAnswer.model_validate(one) for one in view.steps],
        history=[PastAnswer.model_validate(one) for one in view.history],
    )


def _profile(view: ContactView, now: datetime) -> ProfileAnswer | None:
    zones = zones_of(view.time_zone, view.region, [number for _, number in view.numbers])
    found = active_profile(view.memberships, zones, now)
    if found is None:
        return None
    held = found.membership
    return ProfileAnswer(
        kind=found.kind,
        account=held.account.id if held else None,
        name=held.account.name if held else "",
        role=held.role if held else "",
        reason=found.reason,
    )


def _attribute(known: Known, now: datetime) -> AttributeAnswer:
    said = [
        SaidAnswer(
            source=one.source, value=_plain(one.value), trust=one.trust, weight=round(weight(one, now), 3), at=one.at
        )
        for one in known.said
    ]
    spec = known.spec
    return AttributeAnswer(
        name=spec.name,
        label=spec.label,
        kind=spec.kind,
        unit=spec.unit,
        value=_plain(known.value),
        accuracy=round(known.accuracy, _PLACES),
        disputed=known.disputed,
        source=known.source,
        at=known.at,
        said=said,
    )


def _plain(value: Value) -> str | bool | float | list[str]:
    return list(value) if isinstance(value, tuple) else value


def _membership(one: Membership) -> MembershipAnswer:
    return MembershipAnswer(
        account=account_answer(one.account),
        role=one.role,
        hours=[hours_answer(hours) for hours in one.hours],
        above=[account_answer(account) for account in one.above],
    )
