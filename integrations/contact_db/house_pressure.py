"""The house's own limit on how often a person is approached, over all campaigns and channels."""

import logging
from dataclasses import dataclass

from sqlalchemy import text

from integrations.contact_db.database import ContactDatabase

_log = logging.getLogger(__name__)
_BEFORE = text("SELECT contacts, days FROM house_pressure")
_PUT = text("""
INSERT INTO house_pressure (contacts, days) VALUES (:contacts, :days)
ON CONFLICT (one) DO UPDATE SET contacts = excluded.contacts, days = excluded.days
""")


@dataclass(frozen=True, slots=True)
class HousePressure:
    contacts: int
    """The most in `days`; 0: no limit."""
    days: float


async def put_house_pressure(database: ContactDatabase, limit: HousePressure) -> None:
    """Have every claim and every wave on this database go by it, beside each campaign's own; the stricter holds."""
    before = [HousePressure(row.contacts, row.days) for row in await database.fetch(_BEFORE)]
    if before != [limit]:
        await database.fetch(_PUT, {"contacts": limit.contacts, "days": limit.days})
    if before and before != [limit]:
        _log.warning(
            "the house's limit was %d contacts in %g days; every engine on this database goes by %d in %g now",
            before[0].contacts, before[0].days, limit.contacts, limit.days,
        )  # fmt: skip
