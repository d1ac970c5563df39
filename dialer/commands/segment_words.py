"""Answers about segments, in words and tables for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dialer.domain.effect import Effect, summed_effects
from dialer.domain.segment import Sizes
from dialer.ports.segments import WrittenSegment

MOST_OVERLAPS = 10


def summed(pages: Sequence[Mapping[str, Any]]) -> Sizes:
    """The pages of one counting, together."""
    sizes = Sizes()
    for page in pages:
        sizes.people += page["people"]["size"]
        sizes.own.update({one["segment"]: one["own"]["size"] for one in page["items"]})
        sizes.taken.update({one["segment"]: one["taken"]["size"] for one in page["items"]})
        shared = {(one["first"], one["second"]): one["people"]["size"] for one in page["overlaps"]}
        sizes.shared.update(Counter(shared))
    return sizes


def whole(pages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One answer of the pages of an exact count, in the API's form."""
    sizes = summed(pages)

    def told(people: int) -> dict[str, Any]:
        return {"size": people, "low": people, "high": people, "exact": True}

    items = [
        {
            "segment": one["segment"],
            "priority": one["priority"],
            "own": told(sizes.own[one["segment"]]),
            "taken": told(sizes.taken[one["segment"]]),
            "warning": sizes.warning(one["segment"]),
        }
        for one in pages[0]["items"]
    ]
    overlaps = [
        {"first": one, "second": two, "people": told(people)} for (one, two), people in sizes.shared.most_common()
    ]
    counts = {"exact": True, "looked_at": sizes.people, "people": told(sizes.people)}
    return counts | {"items": items, "overlaps": overlaps, "left_over": told(sizes.left_over)}


def size_tables(answer: Mapping[str, Any]) -> dict[str, Any]:
    """For people: exact counts bare, estimates with their intervals."""
    rows = [
        {
            "segment": one["segment"],
            "own": size_words(one["own"]),
            "taken": size_words(one["taken"]),
            "warning": one["warning"],
        }
        for one in answer["items"]
    ]
    rows.append({"segment": "(left over)", "own": None, "taken": size_words(answer["left_over"]), "warning": ""})
    rows.append({"segment": "(all)", "own": None, "taken": size_words(answer["people"]), "warning": how_told(answer)})
    overlaps = [dict(one) | {"people": size_words(one["people"])} for one in answer["overlaps"][:MOST_OVERLAPS]]
    return {"items": rows, "overlaps": overlaps}


def how_told(answer: Mapping[str, Any]) -> str:
    if answer["exact"]:
        return "exact"
    return f"estimated from {answer['looked_at']:,} people drawn at random; --exact counts all"


def size_words(one: Mapping[str, Any]) -> str:
    """`about 1,234,000 (1,190,000 to 1,280,000)`; no figure has more digits than its interval allows, and the
    interval is rounded outward."""
    if one["exact"]:
        return str(one["size"])
    unit: int = 10 ** max(0, len(str(max(1, one["high"] - one["low"]))) - 2)
    low, high = one["low"] // unit * unit, -(-one["high"] // unit) * unit
    if not one["size"]:
        return f"0 to {high:,}"
    return f"about {round(one['size'] / unit) * unit:,} ({low:,} to {high:,})"


def effect_rows(pages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The pages of one question for effects, together."""
    names = Effect.__slots__
    told = [Effect(**{name: one[name] for name in names}) for page in pages for one in page["items"]]
    return [
        {name: getattr(one, name) for name in names}
        | {"sale_ratio": one.sale_ratio, "low": (one.interval or (None,))[0], "high": (one.interval or (None,))[-1]}
        for one in summed_effects(pages[0]["segments"], told)
    ]


def effects_shown(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        dict(one)
        | {
            "offer": one["offer"] or None,
            "sales_an_answer": None if one["sale_ratio"] is None else f"{one['sale_ratio']:.1%}",
            "interval": None if one["low"] is None else f"{one['low']:.1%} to {one['high']:.1%}",
        }
        for one in rows
    ]


def segment_rows(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: one[name] or None for name in WrittenSegment.__slots__} for one in found]


def fed_words(segment: str, fed: Mapping[str, Any]) -> str:
    did = "made" if fed["made"] else "would be made"
    lines = [
        f"{fed['members']:,} people of segment {segment}: {fed['leads']:,} leads of campaign {fed['campaign']} {did}",
        f"not taken: {fed['already']:,} are its leads already, {fed['do_not_call']:,} are on the do-not-call list, "
        f"{fed['no_number']:,} have no valid number",
    ]
    return "\n".join(lines if fed["made"] else [*lines, "nothing was changed: --go does it"])


def portrait_rows(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "attribute": one["attribute"] + (f" {one['answer']}" if one["answer"] else ""),
            "buyers": _figure(one, "buyers"),
            "others": _figure(one, "others"),
            "difference": f"{_figure(one, 'low')} to {_figure(one, 'high')}",
            "effect": f"{one['measure']} {one['effect']:.2f}",
            "q": f"{one['q']:.2g}",
            "matters": "yes" if one["matters"] else "no",
        }
        for one in found
    ]


def _figure(one: Mapping[str, Any], name: str) -> str:
    value = one[name]
    return f"{value:.1%}" if one["answer"] else f"{value:.4g}"


def suits_rows(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(one) | {"lift": None if one["figures"] is None else round(one["figures"]["lift"], 2)} for one in found]
