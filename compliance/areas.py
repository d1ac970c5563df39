"""Which part of its country a number belongs to, as far as its digits tell: US states by area code."""

import phonenumbers
from phonenumbers import geocoder

_STATES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO",
    "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID",
    "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH", "New Jersey": "NJ",
    "New Mexico": "NM", "New York": "NY", "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH",
    "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC",
    "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA",
    "Washington D.C.": "DC", "Washington State": "WA", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip
"""As the phonenumbers package names them."""
_CODES = frozenset(_STATES.values())


def areas_of(number: phonenumbers.PhoneNumber, region: str | None) -> tuple[str, ...]:
    """ISO 3166-2 codes, like US-FL; empty: not known, or the country's parts rule nothing that we know."""
    if region != "US":
        return ()
    # "Florida", or "San Francisco, CA"
    last = geocoder.description_for_number(number, "en").rpartition(", ")[2]
    code = last if last in _CODES else _STATES.get(last)
    return (f"US-{code}",) if code else ()
