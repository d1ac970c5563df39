"""Rules under which nobody is ever asleep or has agreed to nothing: for what is about something else."""

from compliance.figures import ABANDONMENT, RECORDINGS, RETENTION
from compliance.rulebook import Kind

_FIGURES = {
    Kind.CONSENT: '"opt-out"',
    Kind.DO_NOT_CALL: '"never"',
    Kind.NUMBER_ATTEMPT_CAP: "3",
    Kind.CONTACT_ATTEMPT_CAP: "3",
    Kind.ABANDONMENT_BUDGET: '"within"',
    Kind.CALLING_HOURS: '[{ days = [1, 2, 3, 4, 5, 6, 7], from = "00:00", to = "24:00" }]',
}


def any_hour(*abandonment: str) -> str:
    """A rule file with these figures for abandoned calls."""
    rules: list[tuple[str, str]] = [(kind, _FIGURES.get(kind, '"none"')) for kind in Kind]
    rules += [(ABANDONMENT, figure) for figure in abandonment]
    rules += [(RETENTION, "{ years = 5 }"), (RECORDINGS, "{ days = 30 }")]
    head = 'jurisdiction = "default"\ntitle = "Any hour"\nversion = 1\n'
    return head + "".join(_rule(place, kind, figure) for place, (kind, figure) in enumerate(rules, 1))


def _rule(place: int, kind: str, figure: str) -> str:
    return f"""
[[rules]]
id = "T-{place}"
kind = "{kind}"
figure = {figure}
source = "test"
mark = "D"
valid_from = 2020-01-01
"""


ANY_HOUR = any_hour('{ cap_ratio = 0.03, window = "24 h" }')
