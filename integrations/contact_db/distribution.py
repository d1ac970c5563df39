"""Where each table lies on distributed PostgreSQL (Citus), declared once; docs/scale.md says why.

All that is known of one person lies on one node: these tables are distributed by the contact, and co-located. What
all nodes read is a reference table, a copy on each node. Inbound service is about a service group, and the log of
verdicts a chain an engine: they are distributed by those, and join nothing of a person's in the dialing path.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Table
from sqlalchemy.schema import AddConstraint, DDLElement, DropConstraint

from integrations.contact_db.schema import metadata

CONTACT, SERVICE_GROUP, ENGINE = "contact_id", "service_group", "engine"


@dataclass(frozen=True, slots=True)
class Place:
    key: str | None = None
    """The column by which it is distributed; None: every node has a copy, or, if `local`, the coordinator alone."""
    beside: str | None = None
    """The table with which it is co-located; None: the first of its kind."""
    local: bool = False


_REFERENCE = Place()
_PERSON = Place(CONTACT, beside="contacts")
_GROUP = Place(SERVICE_GROUP, beside="inbound_steps")

PLACES: Mapping[str, Place] = {
    "contacts": Place("id"),
    **dict.fromkeys(("phone_numbers", "leads", "attempts", "outcomes", "dispositions", "call_backs"), _PERSON),
    **dict.fromkeys(("consents", "contact_attributes", "products_held", "touches", "preferences"), _PERSON),
    **dict.fromkeys(("account_members", "churn_signs", "next_steps", "contact_events", "raised_leads"), _PERSON),
    **dict.fromkeys(("wave_places", "wave_acts", "webhook_deliveries", "lead_hours"), _PERSON),
    "lead_leases": _PERSON,
    "recording_log": _PERSON,
    **dict.fromkeys(("quality_calls", "quality_assignments", "quality_scores", "quality_disputes"), _PERSON),
    **dict.fromkeys(("quality_complaints", "quality_notices", "quality_cases"), _PERSON),
    "inbound_steps": Place(SERVICE_GROUP),
    **dict.fromkeys(("caller_tries", "switch_changes", "hand_orders"), _GROUP),
    "verdicts": Place(ENGINE),
    "verdict_anchors": Place(ENGINE, beside="verdicts"),
    **dict.fromkeys(("campaigns", "pacing_state", "agents", "agent_states", "caller_ids", "dnc_entries"), _REFERENCE),
    **dict.fromkeys(("accounts", "inbound_seen", "score_models", "pilots", "segments", "experience_rules"), _REFERENCE),
    **dict.fromkeys(("unknown_events", "exclusive_products", "calendar_entries", "channel_capacity"), _REFERENCE),
    **dict.fromkeys(("wave_plans", "webhooks", "national_lists", "house_pressure", "staff_places"), _REFERENCE),
    **dict.fromkeys(("quality_forms", "quality_samples", "quality_strata"), _REFERENCE),
    "national_list_numbers": Place(local=True),
}


WEAKER_KEYS: Mapping[str, str | None] = {
    "contacts_external_key_key": None,
    "verdicts_of_attempt": "CREATE UNIQUE INDEX verdicts_of_attempt ON verdicts (attempt_id, engine)",
}
"""Unique keys that lack what their table is distributed by, which Citus refuses, and what takes their place there."""

_TOLD = (
    ("outcomes", "outcomes_told_insert"),
    ("dispositions", "dispositions_told_insert"),
    ("touches", "touches_told_insert"),
    ("wave_acts", "wave_acts_told_insert"),
    ("wave_acts", "wave_acts_told_update"),
)
"""Triggers that fill the webhooks' outbox by a table of new rows, which Citus can't plan with."""


def place_of(table: Table) -> Place:
    return PLACES[table.name]


def statements() -> Iterator[str]:
    """What the owner of a Citus cluster runs once, on a migrated database without rows, in this order.

    Foreign keys are put back at the end: with them there, Citus takes tables along in an order of its own.
    """
    tables = metadata.sorted_tables
    keys = [key for table in tables for key in sorted(table.foreign_key_constraints, key=lambda one: str(one.name))]
    yield from (_ddl(DropConstraint(key)) for key in keys)
    yield "ALTER TABLE contacts DROP CONSTRAINT contacts_external_key_key"
    yield "DROP INDEX verdicts_of_attempt"
    yield from (f"DROP TRIGGER {trigger} ON {table}" for table, trigger in _TOLD)
    yield "SET citus.enable_unsafe_triggers TO on"
    yield from (_placing(table) for table in sorted(tables, key=_leaders_first))
    yield from (instead for instead in WEAKER_KEYS.values() if instead)
    yield from (_ddl(AddConstraint(key, isolate_from_table=False)) for key in keys)


def _leaders_first(table: Table) -> tuple[bool, bool]:
    place = place_of(table)
    return place.key is not None, place.beside is not None


def _placing(table: Table) -> str:
    place = place_of(table)
    if place.local:
        return f"SELECT citus_add_local_table_to_metadata('{table.name}')"
    if place.key is None:
        return f"SELECT create_reference_table('{table.name}')"
    beside = place.beside or "none"
    return f"SELECT create_distributed_table('{table.name}', '{place.key}', colocate_with => '{beside}')"


def _ddl(change: DDLElement) -> str:
    return " ".join(str(change).split())
