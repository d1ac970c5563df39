"""Fictional people to try segments with: what is known of them hangs together as it does with real ones."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

MOST = 2000
_AREAS = (212, 312, 415, 617, 713, 206, 305, 404, 702, 503, 602, 303, 214, 215, 313, 504, 612, 619, 704, 816)
_BRANDS = ("prime", "young", "budget")
_TIERS = ("bronze", "silver", "gold", "platinum")
_TERMINALS = {"prime": "5g_phone", "young": "smartphone", "budget": "feature_phone"}


def fictional_people(count: int, seed: int, today: date) -> Iterator[dict[str, Any]]:
    """As POST /v1/contact-facts takes them. Numbers lie in 555-0100 to 555-0199, which are kept for fiction."""
    random = Random(seed)
    for place in range(count):
        brand = random.choices(_BRANDS, (3, 4, 5))[0]
        terminal = _TERMINALS[brand] if random.random() < 0.7 else random.choice(["smartphone", "router"])
        data_gb = round(random.expovariate(1 / {"prime": 18, "young": 22, "budget": 2}[brand]), 1)
        spend = round(max(3.0, random.gauss({"prime": 45, "young": 22, "budget": 12}[brand], 6) + data_gb / 4), 2)
        facts: dict[str, Any] = {
            "brand": brand,
            "terminal": terminal,
            "data_gb": data_gb,
            "monthly_spend": spend,
            "voice_minutes": round(random.expovariate(1 / (260 if brand == "budget" else 120))),
            "value_tier": _TIERS[min(3, int(spend // 18))],
        }
        facts |= _told_by_some(brand, random, today)
        yield {
            "external_key": f"fiction-{place + 1}",
            "name": f"Fiction {place + 1}",
            "numbers": [f"+1{_AREAS[place // 100]}55501{place % 100:02}"],
            "attributes": facts,
            "products": _held(facts, random, today),
        }


def _told_by_some(brand: str, random: Random, today: date) -> dict[str, Any]:
    """What is known of a part of the people alone."""
    told = {
        "roams": (0.8, random.random() < (0.4 if brand == "prime" else 0.1)),
        "household_size": (0.6, random.choice([1, 1, 2, 2, 3, 4])),
        "contract_ends": (0.7, (today + timedelta(days=random.randrange(10, 700))).isoformat()),
    }
    return {name: value for name, (share, value) in told.items() if random.random() < share}


def _held(facts: dict[str, Any], random: Random, today: date) -> list[dict[str, Any]]:
    chances = {
        "fibre": 0.55 if facts["data_gb"] > 15 else 0.08,
        "roaming": 0.6 if facts.get("roams") else 0.03,
        "5g": 0.5 if facts["terminal"] == "5g_phone" else 0.02,
    }
    held = [product for product, chance in chances.items() if random.random() < chance]
    if random.random() < (0.5 if "fibre" in held else 0.05):
        held.append("tv")
    return [{"product": one, "since": (today - timedelta(days=random.randrange(5, 900))).isoformat()} for one in held]
