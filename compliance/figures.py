"""The figures of rules as rule files write them, read into a rule's fields. Pure; what is wrong raises ValueError."""

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from itertools import pairwise
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from compliance.abandonment import WindowKind
from compliance.holiday_calendar import is_calendar
from compliance.rulebook import NONE, OWN_COUNTRY, AgentWhen, ConsentMode, CountedBy, Kind, Window

ABANDONMENT = "abandonment"
"""The kind of rule that judges a campaign, where the others judge a number."""
RETENTION = "retention"
"""The kind of rule that says how long records are kept."""
RECORDINGS = "recordings"
"""The kind of rule that says when recordings of calls must be deleted."""
_HIGHEST_CAP = 0.05
"""No law we know of allows more (Canada)."""
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_LIST = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,20}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_MOST_ANSWERS = 10_000
"""More, and a window might never be judged."""
_MOST_HOURS = 24 * 366 * 2
_MOST_YEARS = 10
_MOST_DAYS = 366 * 10
HISTORY_HOURS = 24 * 31
"""How far back attempts are known at the gate: no cap may count over more."""
_FOR_EVER = "no call after it"
_WITHIN = "within"
_ASKED_IF = {"automated": ConsentMode.IF_AUTOMATED, "prerecorded": ConsentMode.IF_PRERECORDED}
"""Of which calls the reassigned numbers database must have been asked; of the others it need not."""
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Figure = dict[str, Any]


def figure_of(kind: str, written: object) -> Figure:
    """A rule's fields, the figure in words among them."""
    return _FIGURES[kind](written)


def _consent(written: object) -> Figure:
    if written not in list(ConsentMode):
        raise ValueError(f"must be one of {', '.join(ConsentMode)}")
    return {"figure": str(written), "consent": ConsentMode(str(written))}


def _reassigned(written: object) -> Figure:
    if written == NONE:
        return {"figure": NONE}
    hint = f'must be "{NONE}" or {{ max_age_days }}, and may have if = "automated" or if = "prerecorded"'
    table = _table(written, {"max_age_days"}, {"if"}, hint)
    age = _whole(table["max_age_days"], "max_age_days", 1, 366)
    words = f"not given up since consent, by an answer of at most {age} days"
    if "if" not in table:
        return {"figure": words, "max_age_days": age, "consent": ConsentMode.OPT_IN}
    calls = table["if"]
    if not isinstance(calls, str) or calls not in _ASKED_IF:
        raise ValueError(hint)
    return {"figure": f"{words}; if {calls}", "max_age_days": age, "consent": _ASKED_IF[calls]}


def _age(written: object) -> Figure:
    if written == NONE:
        return {"figure": NONE}
    table = _table(written, {"years"}, set(), f'must be "{NONE}" or {{ years }}')
    years = _whole(table["years"], "years", 1, 30)
    return {"figure": f"{years} years or older, where a birth date is on record", "least_years": years}


def _budget(written: object) -> Figure:
    if written != _WITHIN:
        raise ValueError(f'must be "{_WITHIN}"')
    return {"figure": _WITHIN}


def _agent(written: object) -> Figure:
    if written == NONE:
        return {"figure": NONE}
    if written not in list(AgentWhen):
        raise ValueError(f'must be "{NONE}" or one of {", ".join(AgentWhen)}')
    return {"figure": str(written), "agent_when": AgentWhen(str(written))}


def _national_list(written: object) -> Figure:
    if written == NONE:
        return {"figure": NONE}
    optional = {"grace_days", "consent_lifts", "purchase_days", "inquiry_days"}
    table = _table(written, {"list", "max_age_days"}, optional)
    name = table["list"]
    if not isinstance(name, str) or not _LIST.fullmatch(name):
        raise ValueError('list must be a country and a name in capitals, like "US-DNC"')
    lifts = table.get("consent_lifts", False)
    if type(lifts) is not bool:
        raise ValueError("consent_lifts must be true or false")
    days = {key: _whole(table.get(key, 0), key, 0, 3_660) for key in ("grace_days", "purchase_days", "inquiry_days")}
    age = _whole(table["max_age_days"], "max_age_days", 1, 366)
    words = [f"not on {name}, by a copy of at most {age} days"]
    words += [f"listed for {days['grace_days']} days or more"] if days["grace_days"] else []
    words += ["consent goes before it"] if lifts else []
    words += [f"customers up to {days['purchase_days']} days after a purchase"] if days["purchase_days"] else []
    words += [f"who inquired up to {days['inquiry_days']} days ago"] if days["inquiry_days"] else []
    return {"figure": "; ".join(words), "list_name": name, "max_age_days": age, "consent_lifts": lifts, **days}


def _never(written: object) -> Figure:
    if written != "never":
        raise ValueError('must be "never"')
    return {"figure": "never"}


def _cool_off(written: object) -> Figure:
    if written == NONE:
        return {"figure": NONE}
    if written == _FOR_EVER:
        return {"figure": _FOR_EVER, "hours": inf}
    hint = f'must be "{NONE}", "{_FOR_EVER}" or {{ hours }} or {{ days }}, and may have unless = "agent guaranteed"'
    if not isinstance(written, dict):
        raise ValueError(hint)
    table = _table(written, set(), {"hours", "days", "unless"})
    if "unless" in table and table["unless"] != "agent guaranteed":
        raise ValueError(hint)
    hours = _span(table, hint)
    guaranteed = "unless" in table
    words = f"{span_words(hours)}, unless an agent is guaranteed" if guaranteed else span_words(hours)
    return {"figure": words, "hours": hours, "unless_guaranteed": guaranteed}


def _cap(written: object) -> Figure:
    if written == NONE:
        return {"figure": NONE}
    if type(written) is int:
        written = {"attempts": written, "hours": 24}
    hint = f'must be "{NONE}", a number of attempts in 24 h, or {{ attempts, hours }} or {{ attempts, days }}'
    if not isinstance(written, dict):
        raise ValueError(hint)
    table = _table(written, {"attempts"}, {"hours", "days", "per"})
    per = table.get("per", CountedBy.PERSON)
    if per not in list(CountedBy):
        raise ValueError(f"per must be one of {', '.join(CountedBy)}")
    attempts = _whole(table["attempts"], "attempts", 1, 100)
    hours = _span(table, hint)
    if hours > HISTORY_HOURS:
        raise ValueError(f"attempts are known for {HISTORY_HOURS // 24} days, not longer")
    words = f"{attempts} in {span_words(hours)}"
    if per != CountedBy.PERSON:
        words += f", by one {per}" if per == CountedBy.SELLER else f", about one {per}"
    return {"figure": words, "attempts": attempts, "hours": hours, "counted_by": CountedBy(per)}


def _hours(written: object) -> Figure:
    if not isinstance(written, list) or not written:
        raise ValueError("must be a list of { days, from, to }")
    windows = tuple(_window(one) for one in written)
    for day in range(1, 8):
        spans = sorted((window.opens, window.closes) for window in windows if day in window.days)
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            raise ValueError(f"windows overlap on day {day}")
    return {"figure": "; ".join(map(_window_words, windows)), "windows": windows}


def _holidays(written: object) -> Figure:
    if written == NONE:
        return {"figure": NONE}
    if written == OWN_COUNTRY:
        return {"figure": "no call on any public holiday of the number's country", "calendars": (OWN_COUNTRY,)}
    if not isinstance(written, list) or not written:
        raise ValueError(f'must be "{NONE}", "{OWN_COUNTRY}" or a list of calendars, like ["US-AL"]')
    for name in written:
        if not isinstance(name, str) or not is_calendar(name):
            raise ValueError(f"{name!r} is no calendar that is known, like US, US-AL or US+")
    return {"figure": f"no call on public holidays of {', '.join(written)}", "calendars": tuple(written)}


def _caller_id(written: object) -> Figure:
    if written == NONE:
        return {"figure": NONE}
    if written == "shown":
        return {"figure": "shown"}
    table = _table(written, set(), {"allow", "deny"}, f'must be "{NONE}", "shown", or {{ allow, deny }} of prefixes')
    allow, deny = (_prefixes(table.get(key, []), key) for key in ("allow", "deny"))
    if not allow and not deny:
        raise ValueError('allow or deny must name prefixes, like ["+33162"]; else write "shown"')
    words = ["shown"]
    words += [f"beginning with {', '.join(allow)}"] if allow else []
    words += [f"not with {', '.join(deny)}"] if deny else []
    return {"figure": ", ".join(words), "allow_prefixes": allow, "deny_prefixes": deny}


def _abandonment(written: object) -> Figure:
    hint = "must be { cap_ratio, window } with, if need be, minimum_answers and zone, and no more"
    table = _table(written, {"cap_ratio", "window"}, {"minimum_answers", "zone"}, hint)
    cap = table["cap_ratio"]
    if type(cap) not in (int, float) or not 0 <= cap <= _HIGHEST_CAP:
        raise ValueError(f"cap_ratio must be 0 to {_HIGHEST_CAP:g}, the most that any law allows")
    if table["window"] not in list(WindowKind):
        raise ValueError(f"window must be one of {', '.join(WindowKind)}")
    minimum = table.get("minimum_answers", 0)
    if type(minimum) is not int or not 0 <= minimum <= _MOST_ANSWERS:
        raise ValueError(f"minimum_answers must be 0 to {_MOST_ANSWERS} live answers")
    words = f"{cap * 100:g}% of live answers in {table['window']}"
    return {
        "figure": f"{words}, judged from {minimum} on" if minimum else words,
        "cap_ratio": float(cap),
        "window": WindowKind(table["window"]),
        "minimum_answers": minimum,
        "zone": _zone(table.get("zone")),
    }


def _retention(written: object) -> Figure:
    table = _table(written, {"years"}, set(), "must be { years } and no more")
    years = _whole(table["years"], "years", 1, _MOST_YEARS)
    return {"figure": f"{years} {'year' if years == 1 else 'years'}", "years": years}


def _recordings(written: object) -> Figure:
    if written == NONE:
        return {"figure": NONE, "days": None}
    table = _table(written, {"days"}, set(), f'must be "{NONE}" or {{ days }}')
    days = _whole(table["days"], "days", 1, _MOST_DAYS)
    return {"figure": f"{days} {'day' if days == 1 else 'days'} at most", "days": days}


def _table(written: object, required: Collection[str], optional: Collection[str], hint: str = "") -> dict[str, Any]:
    if isinstance(written, dict) and set(required) <= written.keys() <= {*required, *optional}:
        return written
    fields = ", ".join((*sorted(required), *(f"{name} (may be left out)" for name in sorted(optional))))
    raise ValueError(hint or f"must be a table of {fields}, and no more")


def _whole(written: object, place: str, least: int, most: int) -> int:
    if type(written) is not int or not least <= written <= most:
        raise ValueError(f"{place} must be a whole number from {least} to {most}")
    return written


def _span(table: Mapping[str, Any], hint: str) -> float:
    """Hours of `hours` or `days`, of which there must be one."""
    given = table.keys() & {"hours", "days"}
    if len(given) != 1:
        raise ValueError(hint)
    [unit] = given
    per = 24 if unit == "days" else 1
    return float(_whole(table[unit], unit, 1, _MOST_HOURS // per) * per)


def span_words(hours: float) -> str:
    return f"{hours / 24:g} days" if hours > 72 else f"{hours:g} h"


def _prefixes(written: object, place: str) -> tuple[str, ...]:
    if isinstance(written, list) and all(isinstance(one, str) and _PREFIX.fullmatch(one) for one in written):
        return tuple(written)
    raise ValueError(f'{place} must be a list of prefixes with a plus, like ["+33162"]')


def _window(written: object) -> Window:
    if not isinstance(written, dict) or set(written) != {"days", "from", "to"}:
        raise ValueError("each window must be { days, from, to } and no more")
    days = written["days"]
    if not isinstance(days, list) or not days or any(type(day) is not int or not 1 <= day <= 7 for day in days):
        raise ValueError("days must be a list of 1 (Monday) to 7 (Sunday)")
    opens, closes = _seconds(written["from"], "from"), _seconds(written["to"], "to")
    if opens >= closes:
        raise ValueError("from must be before to")
    return Window(frozenset(days), opens, closes)


def _seconds(written: object, place: str) -> int:
    if not isinstance(written, str) or not _TIME.fullmatch(written):
        raise ValueError(f'{place} must be a time from "00:00" to "24:00"')
    return int(written[:2]) * 3_600 + int(written[3:]) * 60


def _zone(written: object) -> str | None:
    if written is None:
        return None
    if isinstance(written, str):
        with suppress(KeyError, ValueError, OSError):
            return ZoneInfo(written).key
    raise ValueError("zone must be an IANA name, like Europe/London")


def _window_words(window: Window) -> str:
    days = ", ".join(_DAY_NAMES[day - 1] for day in sorted(window.days))
    return f"{days} {_clock(window.opens)}-{_clock(window.closes)}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"


_FIGURES: Mapping[str, Callable[[object], Figure]] = {
    Kind.CONSENT: _consent,
    Kind.AGE: _age,
    Kind.REASSIGNED: _reassigned,
    Kind.NATIONAL_LIST: _national_list,
    Kind.DO_NOT_CALL: _never,
    Kind.AFTER_REFUSAL: _cool_off,
    Kind.AFTER_ABANDONED: _cool_off,
    Kind.AFTER_MACHINE: _cool_off,
    Kind.NUMBER_ATTEMPT_CAP: _cap,
    Kind.CONTACT_ATTEMPT_CAP: _cap,
    Kind.CALLING_HOURS: _hours,
    Kind.HOLIDAYS: _holidays,
    Kind.CALLER_ID: _caller_id,
    Kind.ABANDONMENT_BUDGET: _budget,
    Kind.AGENT_GUARANTEED: _agent,
    ABANDONMENT: _abandonment,
    RETENTION: _retention,
    RECORDINGS: _recordings,
}
