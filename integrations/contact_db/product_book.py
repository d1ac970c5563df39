"""Products that exclude each other."""

from collections.abc import Mapping

from sqlalchemy import text

from dialer.domain.errors import BadInput, NotFound
from integrations.contact_db.database import ContactDatabase

_ALL = text("SELECT product, other, offered_days FROM exclusive_products ORDER BY product, other")
_EXCLUDE = text("""
INSERT INTO exclusive_products (product, other, offered_days)
VALUES (least(:one, :two), greatest(:one, :two), :days)
ON CONFLICT (product, other) DO UPDATE SET offered_days = excluded.offered_days
""")
_ALLOW = text("""
DELETE FROM exclusive_products WHERE product = least(:one, :two) AND other = greatest(:one, :two) RETURNING 1
""")


class DatabaseProductBook:
    """dialer.ports.triggers.ProductBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def exclusive(self) -> Mapping[tuple[str, str], float]:
        return {(row.product, row.other): row.offered_days for row in await self._database.fetch(_ALL)}

    async def exclude(self, product: str, other: str, offered_days: float) -> None:
        check_pair(product, other, offered_days)
        await self._database.fetch(_EXCLUDE, {"one": product, "two": other, "days": offered_days})

    async def allow(self, product: str, other: str) -> None:
        if not await self._database.fetch(_ALLOW, {"one": product, "two": other}, repeatable=False):
            raise NotFound(f"{product} and {other} do not exclude each other; see dialer products list")


def check_pair(product: str, other: str, offered_days: float) -> None:
    """BadInput when they can't exclude each other so."""
    for name, value in (("product", product), ("other", other)):
        if not value.strip() or not value.isprintable():
            raise BadInput("must be printable and not empty", name)
    if product == other:
        raise BadInput("must be another product", "other")
    if not 0 <= offered_days <= 3650:
        raise BadInput("must be 0 to 3650", "offered_days")
