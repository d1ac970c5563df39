"""Answers about recordings, in words. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

_STATES = {
    "there": "is there",
    "going on": "goes on: the call is not over",
    "not recorded": "was not made: nobody answered, or the campaign does not record",
    "deleted": "was deleted",
    "missing": "should be there and is not: look at Asterisk's spool and disk",
    "out of reach": "can't be seen from here: set `recordings` of its server to the folder with them",
}


def recording_words(answer: Mapping[str, Any]) -> str:
    """`answer`: the API's, of one recording."""
    lines = [
        f"The recording of attempt {answer['attempt']} ({answer['campaign']}, agent {answer['agent'] or 'none'}) "
        f"{_STATES[answer['state']]}."
    ]
    if answer["bytes"] is not None:
        seconds = "its head can't be read" if answer["seconds"] is None else f"{answer['seconds']:.1f} s"
        lines.append(f"{seconds}, {answer['bytes']:,} bytes")
    lines += [
        f"paused from {one['since']} {'on' if one['until'] is None else 'to ' + one['until']}"
        for one in answer["pauses"]
    ]
    rule = f"{answer['rule']}, {answer['jurisdiction']}"
    if answer["held"] is not None:
        held = answer["held"]
        lines.append(f"kept by order of {held['by']} since {held['since']}: {held['why']}")
    elif answer["delete_from"] is not None:
        lines.append(f"to be deleted from {answer['delete_from']} on ({rule})")
    elif answer["state"] != "going on":
        lines.append(f"no longest time is set ({rule})")
    return "\n".join(lines)


def expiry_words(rounds: Sequence[Mapping[str, Any]]) -> str:
    """`rounds`: the API's answers, one after the other."""
    going: Counter[str] = Counter()
    for told in rounds:
        for one in told["going"]:
            going[f"{one['jurisdiction']}: {one['rule']}, {one['days']} days"] += one["recordings"]
    last = rounds[-1]
    done = "were deleted" if last["done"] else "would be deleted; --delete does it"
    lines = [f"{going.total():,} recordings {done}"]
    lines += [f"  {count:,} by {rule}" for rule, count in sorted(going.items())]
    if last["held"]:
        lines.append(f"{last['held']:,} are over their time and held: `dialer recordings release` lets them go")
    if last["strangers"]:
        lines.append(f"{last['strangers']:,} files are named by attempts that the database does not have: left alone")
    if last["more"] and not last["done"]:
        lines.append("there are more: counting stopped here")
    return "\n".join(lines)
