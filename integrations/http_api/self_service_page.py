"""The page on which customers say how they want to be contacted: plain HTML, one form, no script."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape

from dialer.domain.contact import Channel
from dialer.domain.preferences import Preferences
from dialer.domain.week_time import WEEKDAYS

CHANNELS = {
    Channel.CALL: "Telephone calls",
    Channel.SMS: "Text messages (SMS)",
    Channel.EMAIL: "E-mail",
    Channel.IVR: "Recorded messages by telephone",
    Channel.LETTER: "Letters",
}
"""Those that customers are asked about."""
CHOICES = {"yes": "Yes, please", "": "I don't mind", "no": "No"}
DAYS = dict(zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))
_STYLE = """
:root{color-scheme:light dark}*{box-sizing:border-box}
body{font:1.05rem/1.5 sans-serif;max-width:42rem;margin:0 auto;padding:1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 1rem}
fieldset{border:1px solid #767676;border-radius:.4rem;margin:0 0 1.5rem;padding:.25rem 1rem 1rem;min-width:0}
legend{font-weight:bold;padding:0 .3rem;margin-left:-.3rem}
fieldset fieldset{border:0;padding:0;margin:1rem 0 0}
fieldset fieldset legend{font-weight:normal;padding:0;margin:0 0 .25rem}
.row{display:grid;grid-template-columns:repeat(3,1fr);gap:.4rem}.times{grid-template-columns:1fr 1fr}
.row label{display:flex;flex-direction:column;align-items:center;text-align:center;line-height:1.2;gap:.3rem;
padding:.55rem .2rem;border:1px solid #8a8a8a;border-radius:.3rem;cursor:pointer}
.row label:has(:checked){border-color:#0b5394;background:#e6eff8;box-shadow:inset 0 0 0 1px #0b5394}
.times label{align-items:stretch;text-align:left;border:0;padding:0}
input{font:inherit}input[type=radio]{width:1.2rem;height:1.2rem;margin:0;accent-color:#0b5394}
input[type=time]{width:100%;min-height:2.75rem;padding:.3rem .6rem;border:1px solid #767676;border-radius:.3rem}
button{font:inherit;width:100%;padding:.75rem 1.6rem;color:#fff;background:#0b5394;border:0;border-radius:.3rem;
cursor:pointer}
:focus-visible{outline:3px solid #b45f06;outline-offset:2px}
.told{border-left:.4rem solid #38761d;padding:.5rem 1rem;background:#eef6ea}
.wrong{border-left:.4rem solid #a61c00;padding:.5rem 1rem;background:#fbeae6;margin-bottom:1.5rem}
.wrong p,.wrong ul{margin:.25rem 0}
@media(min-width:40rem){.row label{flex-direction:row;justify-content:center}
.times{max-width:24rem}.times label{flex-direction:column}button{width:auto}}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}.told{background:#1d2b17}.wrong{background:#33160f}
.row label:has(:checked){border-color:#8ab4e8;background:#1b2c3f;box-shadow:inset 0 0 0 1px #8ab4e8}
input[type=radio]{accent-color:#8ab4e8}:focus-visible{outline-color:#f0a04b}}
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_TITLE = "How we may contact you"


def form_page(
    given: Mapping[str, str], topics: Mapping[str, str], *, saved: bool = False, faults: Sequence[str] = ()
) -> str:
    """`given`: the form's fields as they are to be shown."""
    parts = ["<p>Choose what suits you. You can change it whenever you like, as long as this link works.</p>"]
    if saved:
        parts.append('<p class="told" role="status">Saved. We keep to it from now on.</p>')
    if faults:
        told = "".join(f"<li>{escape(fault)}</li>" for fault in faults)
        parts.append(f'<div class="wrong" role="alert"><p>Nothing is saved yet:</p><ul>{told}</ul></div>')
    parts.append('<form method="post">')
    parts.append(_choices("How", "channel", {one.value: words for one, words in CHANNELS.items()}, given))
    if topics:
        parts.append(_choices("About what", "topic", topics, given))
    parts.append(_times(given))
    parts.append('<p><button type="submit">Save</button></p></form>')
    return _page(_TITLE, "".join(parts))


def message_page(title: str, words: str) -> str:
    return _page(title, f"<p>{escape(words)}</p>")


def fields_of(preferences: Preferences) -> dict[str, str]:
    """The form's fields for what is stored."""
    fields = {f"channel.{one}": "yes" for one in preferences.channels}
    fields |= {f"channel.{one}": "no" for one in preferences.refused_channels}
    fields |= {f"topic.{one}": "yes" for one in preferences.topics}
    fields |= {f"topic.{one}": "no" for one in preferences.refused_topics}
    for hours in preferences.call_times:
        for day in hours.days:
            fields |= {f"from.{day}": f"{hours.begins:%H:%M}", f"until.{day}": f"{hours.ends:%H:%M}"}
    return fields


def _choices(title: str, kind: str, named: Mapping[str, str], given: Mapping[str, str]) -> str:
    groups = []
    for name, words in named.items():
        field = f"{kind}.{name}"
        radios = "".join(
            f'<label><input type="radio" name="{escape(field)}" value="{value}"'
            f"{' checked' if given.get(field, '') == value else ''}> {escape(label)}</label>"
            for value, label in CHOICES.items()
        )
        groups.append(f'<fieldset><legend>{escape(words)}</legend><div class="row">{radios}</div></fieldset>')
    return f"<fieldset><legend>{title}</legend>{''.join(groups)}</fieldset>"


def _times(given: Mapping[str, str]) -> str:
    rows = "".join(
        f'<fieldset><legend>{words}</legend><div class="row times">{_hour("from", day, given)}'
        f"{_hour('until', day, given)}</div></fieldset>"
        for day, words in DAYS.items()
    )
    told = "Leave all empty if any time is fine. If you fill in some days, we don't call on the others."
    return f"<fieldset><legend>When to call you</legend><p>{told}</p>{rows}</fieldset>"


def _hour(side: str, day: str, given: Mapping[str, str]) -> str:
    value = escape(given.get(f"{side}.{day}", ""))
    return f'<label>{side} <input type="time" name="{side}.{day}" value="{value}"></label>'


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
