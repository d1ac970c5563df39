"""The marketing switches: how they stand, why, what they did, and supervisors' orders to them."""

from datetime import timedelta

from dialer.domain.errors import Conflict
from dialer.engine.marketing_switch import SwitchStatus
from integrations.http_api.fields import GroupName
from integrations.http_api.office import Office
from integrations.http_api.requests import ChangesQuery, OutreachQuery, SwitchClosing, SwitchOpening
from integrations.http_api.rights import Caller
from integrations.http_api.switch_answers import (
    OutreachAnswer,
    SwitchAnswer,
    SwitchChanges,
    Switches,
    SwitchOrders,
    change_answer,
    given_answer,
    switch_answer,
    switch_summary,
)

_LONGEST_ORDER = timedelta(days=366)


async def list_switches(office: Office) -> Switches:
    """Every service group's marketing switch, with its figures but for the steps."""
    now = office.clock.now()
    return Switches(items=[switch_summary(status, now) for status in office.desk.marketing.statuses()])


async def get_switch(office: Office, group: GroupName) -> SwitchAnswer:
    """One service group's marketing switch: its state, what keeps it closed, and the figures it goes by."""
    return _told(office, office.desk.marketing.status(group))


async def list_changes(office: Office, query: ChangesQuery) -> SwitchChanges:
    """When the switches opened and closed, and by what figures, the latest first."""
    found = await office.desk.marketing.changes(None, query.limit)
    return SwitchChanges(items=[change_answer(change) for change in found])


async def list_changes_of_switch(office: Office, group: GroupName, query: ChangesQuery) -> SwitchChanges:
    """When one switch opened and closed, and by what figures, the latest first."""
    found = await office.desk.marketing.changes(group, query.limit)
    return SwitchChanges(items=[change_answer(change) for change in found])


async def list_orders(office: Office, query: ChangesQuery) -> SwitchOrders:
    """What supervisors ordered of the switches, and who lifted it, the latest first."""
    found = await office.desk.marketing.given(None, query.limit)
    return SwitchOrders(items=[given_answer(given) for given in found])


async def list_orders_to_switch(office: Office, group: GroupName, query: ChangesQuery) -> SwitchOrders:
    """What supervisors ordered of one switch, and who lifted it, the latest first."""
    found = await office.desk.marketing.given(group, query.limit)
    return SwitchOrders(items=[given_answer(given) for given in found])


async def close_switch(office: Office, caller: Caller, group: GroupName, body: SwitchClosing) -> SwitchAnswer:
    """Order a group's marketing off, at once; replaces an order that stands."""
    now = office.clock.now()
    if body.until is not None and body.until <= now:
        raise Conflict("this time is over already; an order ends later than it begins")
    if body.until is not None and body.until > now + _LONGEST_ORDER:
        raise Conflict("this is more than a year away; without `until` the order stands until it is lifted")
    return _told(office, await office.desk.marketing.close(group, caller.name, body.why, body.until))


async def open_switch(office: Office, caller: Caller, group: GroupName, body: SwitchOpening) -> SwitchAnswer:
    """Lift the order that keeps a group's marketing off; `holding` tells what still keeps it closed."""
    try:
        return _told(office, await office.desk.marketing.lift(group, caller.name, body.why))
    except Conflict as error:
        status = office.desk.marketing.status(group)
        raise Conflict(f"{error}, and nothing else can be lifted by hand; {_standing(status)}") from None


async def see_outreach(office: Office, group: GroupName, query: OutreachQuery) -> OutreachAnswer:
    """How many contacts may be approached without hurting inbound service; ask before a wave of messages or calls."""
    room = office.desk.marketing.outreach(
        group, minutes=query.minutes, answer_share=query.answer_share, handle_seconds=query.handle_seconds
    )
    return OutreachAnswer(contacts=room.contacts, words=room.words)


def _told(office: Office, status: SwitchStatus) -> SwitchAnswer:
    return switch_answer(status, office.clock.now())


def _standing(status: SwitchStatus) -> str:
    if status.verdict.open:
        return "marketing is on"
    holding = "; ".join(one.words for one in status.verdict.holding)
    return f"marketing is off: {holding}" if holding else "marketing is off, and opens shortly"
