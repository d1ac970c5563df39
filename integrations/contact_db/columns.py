"""What every table of the contact database is made with: one MetaData, names for constraints, kinds of columns."""

from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, MetaData, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)


def identity() -> Column[int]:
    return Column("id", BigInteger, Identity(always=False), nullable=False)


def moment(name: str, *, required: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=not required)


def recorded(name: str) -> Column[object]:
    """A column for the record alone; nothing decides by it, so the server's clock will do."""
    return Column(name, DateTime(timezone=True), nullable=False, server_default=text("now()"))


def words(name: str, default: str | None = None) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=None if default is None else text(f"'{default}'"))


def one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({_quoted(kind)})", name=column)


def some_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    """Of an array."""
    return CheckConstraint(f"{column} <@ ARRAY[{_quoted(kind)}]", name=column)


def _quoted(kind: type[StrEnum]) -> str:
    return ", ".join(f"'{value}'" for value in kind)
