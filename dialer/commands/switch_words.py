"""The marketing switch in plain words, from what the API tells. Pure: answers in, text out, in the group's own time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from dialer.domain.errors import BadInput
from pacing.marketing.switch_words import percent

Told = Mapping[str, Any]
"""As read from the API's JSON."""


def explained(switch: Told, changes: Sequence[Told]) -> str:
    """Why marketing is off (or on) in a group, and when it can come back at the earliest."""
    parts = [_head(switch, changes), *_keeping(switch), *_figures(switch), *_last(switch, changes)]
    return "\n".join(parts)


def closed_words(switch: Told) -> str:
    """What an order to close led to."""
    order, group = switch["order"], switch["group"]
    ends = f"until {_clock(switch, order['until'])}" if order["until"] else "until it is lifted"
    said = f"marketing in {group} is off {ends}: {order['why']}"
    return f"{said}\nlift the order with: dialer switch open {group} --why TEXT"


def opened_words(switch: Told) -> str:
    """What lifting an order led to; an order is all that a hand can lift."""
    group = switch["group"]
    if switch["state"] == "open":
        return f"the order is lifted; marketing in {group} is on"
    head = f"the order is lifted, and no more than that: marketing in {group} stays off by the switch's own rule"
    return "\n".join([head, *(f"  - {line}" for line in _holding(switch)), _earliest(switch)])


def row(switch: Told) -> dict[str, Any]:
    """A switch in one flat row."""
    service = switch["service"] or {}
    return {
        "group": switch["group"],
        "marketing": _on_off(switch["state"]),
        "since": _clock(switch, switch["since"]),
        "rate": _percent(switch["rate"]),
        "target": _percent(switch["target"]),
        "offered": service.get("day", {}).get("offered"),
        "waiting": service.get("waiting"),
        "longest_wait": _seconds(service.get("longest_wait_seconds")),
        "free_agents": service.get("agents", {}).get("free"),
        "kept": switch["kept"]["agents"],
        "earliest": _clock(switch, switch["earliest_open"]) if switch["earliest_open"] else None,
        "why": "; ".join(one["words"] for one in switch["holding"]) or None,
    }


def fields(switch: Told) -> dict[str, Any]:
    """A switch field by field."""
    service, told = switch["service"] or {}, row(switch)
    told |= {"rate_kind": switch["rate_kind"], "forecast": _percent(switch["forecast"])}
    told |= {f"today_{name}": count for name, count in service.get("day", {}).items()}
    told |= {f"agents_{name}": count for name, count in service.get("agents", {}).items()}
    told |= {"kept_why": switch["kept"]["words"], "time_zone": switch["time_zone"]}
    return told | {"queues": ", ".join(switch["queues"]), "ordered_by": switch["order"] and switch["order"]["by"]}


def change_row(change: Told) -> dict[str, Any]:
    figures = change["figures"]
    return {
        "at": change["at"],
        "group": change["group"],
        "marketing": _on_off(change["state"]),
        "rate": _percent(figures.get("rate")),
        "target": _percent(figures.get("target")),
        "by": change["by"] or None,
        "why": _because(change),
    }


def history_rows(changes: Sequence[Told], orders: Sequence[Told]) -> list[dict[str, Any]]:
    """What the switches did and what was ordered of them, the latest first."""
    rows = [change_row(change) for change in changes]
    rows += [one for order in orders for one in _order_rows(order)]
    return sorted(rows, key=lambda one: datetime.fromisoformat(one["at"]), reverse=True)


def _order_rows(order: Told) -> Iterable[dict[str, Any]]:
    """That it was given, and that it was lifted."""
    ends = f" (until {order['until']})" if order["until"] else ""
    empty = {"group": order["group"], "rate": None, "target": None}
    yield empty | {"at": order["at"], "marketing": "ordered off", "by": order["by"], "why": f"{order['why']}{ends}"}
    if order["lifted_at"]:
        yield empty | {
            "at": order["lifted_at"],
            "marketing": "order lifted",
            "by": order["lifted_by"],
            "why": order["lifted_why"] or None,
        }


def until_moment(text: str, switch: Told) -> str:
    """When an order ends, with its offset: "17:30" is the next such time by the group's clock, a date and time without
    an offset is the group's too. BadInput when it is neither."""
    zone, now = ZoneInfo(switch["time_zone"]), datetime.fromisoformat(switch["at"])
    try:
        if "T" in text or "-" in text:
            given = datetime.fromisoformat(text)
            return (given if given.tzinfo else given.replace(tzinfo=zone)).isoformat()
        local = now.astimezone(zone)
        clock = datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
        ends = datetime.combine(local.date(), clock, zone)
        return (ends if ends > now else datetime.combine(local.date() + timedelta(days=1), clock, zone)).isoformat()
    except ValueError:
        raise BadInput("must be like 17:30, 2026-03-02T17:30 or 2026-03-02T17:30:00+01:00", "--until") from None


def _head(switch: Told, changes: Sequence[Told]) -> str:
    group, since = switch["group"], _clock(switch, switch["since"])
    if switch["state"] == "open":
        return f"Marketing in {group} is on since {since} ({switch['time_zone']})."
    head = f"Marketing in {group} is off since {since} ({switch['time_zone']})."
    went_off = changes[0] if changes and changes[0]["state"] == "closed" else None
    return f"{head}\nIt went off because: {_because(went_off)}." if went_off else head


def _keeping(switch: Told) -> Iterable[str]:
    if switch["state"] == "open":
        return
    yield ""
    yield "What keeps it off now:" if switch["holding"] else "Nothing keeps it off now; it opens shortly."
    yield from (f"  - {line}" for line in _holding(switch))
    yield _earliest(switch)


def _holding(switch: Told) -> Iterable[str]:
    for one in switch["holding"]:
        if one["cause"] == "by_hand" and switch["order"]:
            yield _ordered(switch, switch["order"])
        elif one["until"]:
            yield f"{one['words']} (not over before {_clock(switch, one['until'])})"
        else:
            yield one["words"]


def _ordered(switch: Told, order: Told) -> str:
    ends = f"at {_clock(switch, order['until'])}" if order["until"] else "when it is lifted"
    return f"ordered by {order['by']} at {_clock(switch, order['at'])}: {order['why']} (the order ends {ends})"


def _earliest(switch: Told) -> str:
    if switch["earliest_open"]:
        return (
            f"Marketing can come back at {_clock(switch, switch['earliest_open'])} at the earliest, if all goes well."
        )
    return "When marketing can come back can't be told: an order, or what is measured, must change first."


def _figures(switch: Told) -> Iterable[str]:
    service = switch["service"]
    yield ""
    if service is None:
        yield "Nothing is counted for this group."
        return
    day = service["day"]
    blind = "; some of the day was not seen" if service["day_blind"] else ""
    yield (
        f"Today since {_clock(switch, service['day_begins'])}: {day['offered']:,} calls offered, {day['answered']:,} "
        f"answered, {day['within']:,} within {switch['threshold_seconds']:g} s, {day['abandoned']:,} gave up, "
        f"{day['short_abandons']:,} at once, {day['left']:,} left without an agent; {day['callers_through']:,} of "
        f"{day['callers']:,} callers got through{blind}."
    )
    yield f"Rate ({_kind(switch)}): {_percent(switch['rate']) or 'nobody called'}, target {_percent(switch['target'])}."
    yield from _way_back(switch, day)
    yield _steps(switch, switch["steps"])
    yield _now(switch, service)


def _now(switch: Told, service: Told) -> str:
    agents = ", ".join(f"{count} {state}" for state, count in service["agents"].items())
    waiting, longest = service["waiting"], _seconds(service["longest_wait_seconds"])
    wait = f"{waiting:,} callers wait, the longest {longest}" if waiting else "no caller waits"
    kept = f"; {switch['kept']['words']}" if switch["state"] == "open" else ""
    return f"Now: {wait}; agents in the queues {agents}{kept}."


def _way_back(switch: Told, day: Told) -> Iterable[str]:
    """How many calls in a row bring a day's rate back on target."""
    callers = switch["rate_kind"] == "callers"
    tried = day["callers" if callers else "offered"]
    got = day[{"answered": "answered", "within_threshold": "within", "callers": "callers_through"}[switch["rate_kind"]]]
    short = switch["target"] * tried - got
    if short <= 1e-9:
        return
    if switch["target"] >= 1.0:
        yield "The day's rate can't come back on target today: not one may be missed."
    else:
        many = ceil(short / (1.0 - switch["target"]) - 1e-9)
        served = {
            "answered": "calls must all be answered",
            "within_threshold": f"calls must all be answered within {switch['threshold_seconds']:g} s",
            "callers": "callers must all get through",
        }[switch["rate_kind"]]
        yield f"The next {many:,} {served} to bring the day back on target."


def _steps(switch: Told, steps: Sequence[Told]) -> str:
    blind = sum(1 for one in steps if one["blind"])
    empty = sum(1 for one in steps if not one["blind"] and one["rate"] is None)
    below = sum(1 for one in steps if not one["blind"] and one["rate"] is not None and one["rate"] < switch["target"])
    good = len(steps) - blind - empty - below
    return (
        f"The last {switch['sustained_minutes']} minutes in {len(steps)} steps: {good} on target, {below} below, "
        f"{empty} without calls, {blind} not seen."
    )


def _last(switch: Told, changes: Sequence[Told]) -> Iterable[str]:
    if changes:
        yield ""
        yield "Last changes:"
    for one in changes:
        by = f" (by {one['by']})" if one["by"] else ""
        yield f"  {_clock(switch, one['at'])}  {_on_off(one['state']):<3}  {_because(one)}{by}"


def _because(change: Told) -> str:
    """What caused a change, without what else kept the switch closed at that moment."""
    holding = change["figures"].get("holding", ())
    return "; ".join(one["words"] for one in holding if one["cause"] in change["causes"]) or change["words"]


def _kind(switch: Told) -> str:
    return {
        "answered": "calls answered of calls offered",
        "within_threshold": f"calls answered within {switch['threshold_seconds']:g} s of calls offered",
        "callers": "callers who got through of callers who tried",
    }[switch["rate_kind"]]


def _on_off(state: str) -> str:
    return "on" if state == "open" else "off"


def _clock(switch: Told, moment: str) -> str:
    """By the group's clock; with its date unless it is today there."""
    zone = ZoneInfo(switch["time_zone"])
    local, now = (datetime.fromisoformat(one).astimezone(zone) for one in (moment, switch["at"]))
    return f"{local:%H:%M:%S}" if local.date() == now.date() else f"{local:%a %d %b %Y %H:%M:%S}"


def _seconds(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds:.0f} s"


def _percent(ratio: float | None) -> str | None:
    return None if ratio is None else percent(ratio)
