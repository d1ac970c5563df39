"""What is typed and told of people's profiles. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from dialer.domain.errors import BadInput
from dialer.domain.week_time import WEEKDAYS

_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


def values_typed(given: Sequence[str], catalogue: Mapping[str, Any]) -> dict[str, Any]:
    """NAME=VALUE each, by the types of the API's catalogue; what it does not know is left to the API to refuse."""
    types = {one["name"]: one["type"] for one in catalogue["items"]}
    values: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise BadInput(f"must be NAME=VALUE, like town=Ely, not {one!r}", "--set")
        values[name.strip()] = _typed(value.strip(), types.get(name.strip(), "text"))
    return values


def _typed(value: str, kind: str) -> Any:
    if kind == "yes_no":
        return _YES_NO.get(value.lower(), value)
    if kind == "texts":
        return [part.strip() for part in value.split(",") if part.strip()]
    if kind == "number":
        try:
            return float(value)
        except ValueError:
            return value
    return value


def hours_typed(given: Sequence[str], option: str) -> list[dict[str, Any]]:
    """DAYS FROM-UNTIL each, like "mon-fri 09:00-12:00" or "sat,sun 10:00-12:00"."""
    return [_hours(one, option) for one in given]


def _hours(written: str, option: str) -> dict[str, Any]:
    days, _, times = written.strip().partition(" ")
    begins, dash, ends = times.strip().partition("-")
    found = [day for part in days.split(",") for day in _days(part.strip().lower())]
    if not found or not dash:
        raise BadInput(f'must be like "mon-fri 09:00-12:00", not {written!r}', option)
    return {"days": found, "begins": begins.strip(), "ends": ends.strip()}


def _days(part: str) -> Sequence[str]:
    first, _, last = part.partition("-")
    if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
        return ()
    return WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last or first) + 1]


def view_words(view: Mapping[str, Any]) -> str:
    """A person on one screen."""
    lines = [f"contact {view['contact']}  {view['name'] or '(no name)'}  {', '.join(view['numbers'])}"]
    profile = view["profile"]
    if profile is not None:
        of = f", {profile['role'] or 'member'} of {profile['name']}" if profile["name"] else ""
        lines.append(f"met now as: {profile['kind']}{of} ({profile['reason']})")
    for one in view["accounts"]:
        above = "".join(f" < {upper['name']}" for upper in one["above"])
        lines.append(f"account {one['account']['id']}: {one['account']['name']} ({one['account']['kind']}){above}")
    lines += [f"churn sign, grade {one['grade']}: {one['reason']} {_note(one)}" for one in view["churn_signs"]]
    if view["accuracy"] is not None:
        lines.append(f"attributes, accuracy {view['accuracy']:.2f} on the whole:")
    lines += [f"  {_attribute(one)}" for one in view["attributes"]]
    lines += [f"  {name}: {value} (from a list, unchecked)" for name, value in view["from_lists"].items()]
    lines += [f"holds {one['product']} since {one['since']}" for one in view["products"] if one["until"] is None]
    lines += preference_lines(view["preferences"])
    lines += [f"next step {one['id']}: {one['what']}{_due(one)}" for one in view["next_steps"]]
    lines += ["history:"] if view["history"] else []
    lines += [f"  {_past(one)}" for one in view["history"]]
    return "\n".join(lines)


def preference_lines(kept: Mapping[str, Any]) -> list[str]:
    told = {
        "prefers": ", ".join([*kept["channels"], *kept["topics"]]),
        "refuses": ", ".join([*kept["refused_channels"], *kept["refused_topics"]]),
        "calls at": "; ".join(f"{','.join(one['days'])} {one['begins']}-{one['ends']}" for one in kept["call_times"]),
    }
    return [f"{name}: {words}" for name, words in told.items() if words]


def _attribute(one: Mapping[str, Any]) -> str:
    value = ", ".join(one["value"]) if isinstance(one["value"], list) else one["value"]
    shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
    number = f"{shown:g}" if isinstance(shown, float) else shown
    unit = f" {one['unit']}" if one["unit"] else ""
    disputed = ", disputed" if one["disputed"] else ""
    return f"{one['kind']}: {one['label']}: {number}{unit} ({one['accuracy']:.2f}, {one['source']}{disputed})"


def _note(one: Mapping[str, Any]) -> str:
    lead = "" if one["lead"] is None else f", lead {one['lead']}"
    return f"({one['note'] or 'no note'}, {one['source']}{lead})"


def _due(one: Mapping[str, Any]) -> str:
    by = f" by {one['channel']}" if one["channel"] else ""
    return by + (f", due {one['due_at'][:16]}" if one["due_at"] else "")


def _past(one: Mapping[str, Any]) -> str:
    told = (one["campaign"], one["topic"], one["outcome"], one["disposition"], one["agent"], one["note"])
    return f"{one['at'][:16]} {one['channel']} {one['direction']}: {', '.join(filter(None, told))}"
