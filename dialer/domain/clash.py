"""What keeps campaigns from getting in each other's way: reasons why a lead is held back, whatever the law says."""

LIVE_ELSEWHERE = "live in another campaign"
EXCLUSIVE = "exclusive product"
PRESSURE = "contact pressure"
CONTACTED_MEANWHILE = "contacted meanwhile"
"""Between judging and writing somebody else reached the person: they are judged again."""
DEADLINE = "deadline passed"
"""Why a lead that an event raised has ended."""

CLASHES = frozenset({LIVE_ELSEWHERE, EXCLUSIVE, PRESSURE})
"""Reasons that another plan of a campaign, or other products that exclude each other, may do away with."""
