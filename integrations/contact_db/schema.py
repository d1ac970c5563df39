"""The tables of the contact database.

**Distribution key.** On distributed PostgreSQL (Citus) every table about a person is distributed by `contact_id`
(`contacts` by its `id`), so a contact's numbers, leads, attempts and outcomes live on one node: what claiming, caps and
closing join is always local, and one big campaign still spreads over all nodes. Therefore each of these tables
carries `contact_id`, in its primary key, its unique keys and its foreign keys. Not `campaign_id`: a floor runs few
campaigns of very unequal size, and caps count over all of them. distribution.py says of every table where it lies, and
docs/scale.md what statements ask of the nodes. What compliance rests on is in compliance_schema.py, what is known of a
person beyond the lists in view_schema.py and profile_schema.py, events and what keeps campaigns apart in
trigger_schema.py, inbound service and the marketing switch in switch_schema.py, waves in wave_schema.py, recordings in
recording_schema.py, quality sampling in quality_schema.py.

Agents named by telephony (`outcomes.agent_id`, `leads.call_back_agent` ...) have no foreign key: an outcome is
stored even when nobody enrolled the agent.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from dialer.domain.agent import AgentState
from dialer.domain.campaign import CampaignStatus, DialMode, MachineHandling
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import AmdResult, Disposition, Outcome
from integrations.contact_db.columns import identity, metadata, moment, one_of, recorded, words
from integrations.contact_db.compliance_schema import (
    consents,
    national_list_numbers,
    national_lists,
    verdict_anchors,
    verdicts,
)
from integrations.contact_db.profile_schema import account_members, accounts, churn_signs, next_steps, preferences
from integrations.contact_db.quality_schema import (
    quality_assignments,
    quality_calls,
    quality_cases,
    quality_complaints,
    quality_disputes,
    quality_forms,
    quality_notices,
    quality_samples,
    quality_scores,
    quality_strata,
)
from integrations.contact_db.recording_schema import recording_log
from integrations.contact_db.scoring_schema import lead_hours, pilots, score_models
from integrations.contact_db.segment_schema import experience_rules, segments
from integrations.contact_db.staff_schema import staff_places
from integrations.contact_db.switch_schema import caller_tries, hand_orders, inbound_seen, inbound_steps, switch_changes
from integrations.contact_db.trigger_schema import (
    calendar_entries,
    channel_capacity,
    contact_events,
    exclusive_products,
    raised_leads,
    unknown_events,
)
from integrations.contact_db.view_schema import contact_attributes, products_held, touches
from integrations.contact_db.wave_schema import wave_acts, wave_places, wave_plans, webhook_deliveries, webhooks

__all__ = [
    "account_members",
    "accounts",
    "agent_states",
    "agents",
    "attempts",
    "calendar_entries",
    "call_backs",
    "caller_ids",
    "caller_tries",
    "campaigns",
    "channel_capacity",
    "churn_signs",
    "consents",
    "contact_attributes",
    "contact_events",
    "contacts",
    "dispositions",
    "dnc_entries",
    "exclusive_products",
    "experience_rules",
    "hand_orders",
    "inbound_seen",
    "inbound_steps",
    "lead_hours",
    "lead_leases",
    "leads",
    "metadata",
    "national_list_numbers",
    "national_lists",
    "next_steps",
    "outcomes",
    "pacing_state",
    "phone_numbers",
    "pilots",
    "preferences",
    "products_held",
    "quality_assignments",
    "quality_calls",
    "quality_cases",
    "quality_complaints",
    "quality_disputes",
    "quality_forms",
    "quality_notices",
    "quality_samples",
    "quality_scores",
    "quality_strata",
    "raised_leads",
    "recording_log",
    "score_models",
    "segments",
    "staff_places",
    "switch_changes",
    "touches",
    "unknown_events",
    "verdict_anchors",
    "verdicts",
    "wave_acts",
    "wave_places",
    "wave_plans",
    "webhook_deliveries",
    "webhooks",
]

E164 = r"^\+[1-9][0-9]{6,14}$"
REGION = "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"

contacts = Table(
    "contacts",
    metadata,
    identity(),
    Column("external_key", Text, unique=True, comment="the contact's key in the operator's own systems"),
    words("name", ""),
    Column("attributes", JSONB, nullable=False, server_default=text("'{}'")),
    Column("time_zone", Text, comment="IANA name"),
    Column("region", Text, comment="where the contact lives: a country like FR, or a part of one like US-FL"),
    Column("born_on", Date),
    moment("purchased_at"),
    moment("inquired_at"),
    recorded("created_at"),
    recorded("updated_at"),
    PrimaryKeyConstraint("id"),
    CheckConstraint("jsonb_typeof(attributes) = 'object'", name="attributes"),
    CheckConstraint(f"region ~ '{REGION}'", name="region"),
)

phone_numbers = Table(
    "phone_numbers",
    metadata,
    identity(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("e164", Text, nullable=False),
    Column("rank", SmallInteger, nullable=False, server_default=text("1"), comment="order of preference, 1 first"),
    Column("valid", Boolean, nullable=False, server_default=text("true"), comment="false: the network knows it not"),
    Column(
        "reassignment_checked_at", DateTime(timezone=True), comment="when the reassigned numbers database was asked"
    ),
    Column("reassignment_since", Date, comment="whether it was permanently disconnected since this day"),
    Column("reassigned", Boolean, comment="true: it was; null, as all three: not asked, or it knew nothing"),
    PrimaryKeyConstraint("id", "contact_id"),
    UniqueConstraint("contact_id", "e164"),
    CheckConstraint(f"e164 ~ '{E164}'", name="e164"),
    CheckConstraint(
        "num_nonnulls(reassignment_checked_at, reassignment_since, reassigned) IN (0, 3)", name="reassigned"
    ),
    Index("phone_numbers_e164", "e164"),
)

campaigns = Table(
    "campaigns",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    words("status", CampaignStatus.STOPPED),
    words("purpose"),
    Column("seller", Text, nullable=False, server_default=text("''"), comment="for whom; empty: counted with all"),
    Column("subject", Text, nullable=False, server_default=text("''"), comment="about what; empty: counted with all"),
    words("service_group"),
    words("dial_mode"),
    Column("dial_level", Double, nullable=False),
    Column("ring_seconds", Integer, nullable=False),
    Column("ring_from_data", Boolean, nullable=False, comment="true: ring_seconds is the most, the data say how long"),
    Column("agent_wait_seconds", Double, nullable=False),
    Column("abandon_cap", Double, nullable=False, comment="most of the live answers that may be abandoned, 0 to 0.03"),
    Column("wrap_up_seconds", Double, nullable=False),
    words("machine_handling"),
    words("caller_id"),
    Column("max_attempts", Integer, nullable=False),
    Column("max_lines", Integer, nullable=False),
    Column("recording", Boolean, nullable=False),
    words("message"),
    words("information_message"),
    Column(
        "opt_out_key", Text, nullable=False, server_default=text("'9'"), comment="taken in that message; empty: none"
    ),
    words("script"),
    Column("recycle", JSONB, nullable=False, comment="outcome to s until the lead may be called again, or null"),
    words("product", ""),
    Column("offer", Text, nullable=False, server_default=text("''"), comment="in words, for an agent's screen"),
    Column("shares_people", Boolean, nullable=False, server_default=text("false")),
    Column("pressure_contacts", Integer, nullable=False, server_default=text("0"), comment="0: any number"),
    Column("pressure_days", Double, nullable=False, server_default=text("7")),
    recorded("created_at"),
    PrimaryKeyConstraint("id"),
    one_of("status", CampaignStatus),
    one_of("dial_mode", DialMode),
    one_of("machine_handling", MachineHandling),
    CheckConstraint("dial_level BETWEEN 1 AND 10", name="dial_level"),
    CheckConstraint("ring_seconds BETWEEN 15 AND 120", name="ring_seconds"),
    CheckConstraint("agent_wait_seconds BETWEEN 0.2 AND 2", name="agent_wait_seconds"),
    CheckConstraint("abandon_cap BETWEEN 0 AND 0.03", name="abandon_cap"),
    CheckConstraint("wrap_up_seconds BETWEEN 0 AND 3600", name="wrap_up_seconds"),
    CheckConstraint("max_attempts BETWEEN 1 AND 100", name="max_attempts"),
    CheckConstraint("max_lines BETWEEN 1 AND 10000", name="max_lines"),
    CheckConstraint("opt_out_key ~ '^[0-9*#]?$'", name="opt_out_key"),
    CheckConstraint("jsonb_typeof(recycle) = 'object'", name="recycle"),
    CheckConstraint("pressure_contacts BETWEEN 0 AND 1000", name="pressure_contacts"),
    CheckConstraint("pressure_days > 0 AND pressure_days <= 366", name="pressure_days"),
)

pacing_state = Table(
    "pacing_state",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    Column("state", JSONB, nullable=False, comment="what pacing learned; pacing/pacer.py knows its layout"),
    moment("saved_at", required=True),
    PrimaryKeyConstraint("campaign_id"),
    CheckConstraint("jsonb_typeof(state) = 'object'", name="state"),
)

leads = Table(
    "leads",
    metadata,
    identity(),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    words("status", LeadStatus.READY),
    Column("score", Double, nullable=False, server_default=text("0"), comment="what the lead is claimed by"),
    Column("base_score", Double, nullable=False, server_default=text("0"), comment="as the list gave it"),
    moment("due_at"),
    Column("attempts", Integer, nullable=False, server_default=text("0"), comment="that reached the telephone"),
    Column("reason", Text, comment="why it can't be dialed now, in words"),
    Column("call_back_agent", Text, comment="whom the call-back was promised; null: any agent"),
    moment("call_back_at"),
    Column("call_back_attempt", UUID(as_uuid=False), comment="the attempt in which it was promised"),
    Column("disposition", Text, comment="the last one"),
    Column("last_outcome", Text),
    moment("last_attempt_at"),
    Column("deadline", DateTime(timezone=True), comment="of a lead that an event raised: no call then or later"),
    Column("raised_from", Double, comment="its score before that; null: the event made it, and it ends with it"),
    recorded("created_at"),
    Column("answer_probability", Double, comment="by the model that ranked it; 0 to 1"),
    Column("cell", SmallInteger, comment="recency, frequency, money: a digit each"),
    Column("best_hour", SmallInteger, comment="local, 0 to 23"),
    PrimaryKeyConstraint("id", "contact_id"),
    UniqueConstraint("campaign_id", "contact_id"),
    CheckConstraint("status IN ('ready', 'waiting', 'done', 'exhausted', 'blocked')", name="status"),
    one_of("disposition", Disposition),
    one_of("last_outcome", Outcome),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint("answer_probability BETWEEN 0 AND 1", name="answer_probability"),
    CheckConstraint("best_hour BETWEEN 0 AND 23", name="best_hour"),
    CheckConstraint("status <> 'waiting' OR due_at IS NOT NULL", name="due"),
    CheckConstraint("call_back_at IS NOT NULL OR call_back_agent IS NULL", name="call_back"),
    Index(
        "leads_ready",
        "campaign_id",
        text("score DESC"),
        "id",
        postgresql_where=text("status = 'ready' AND call_back_at IS NULL"),
    ),
    Index(
        "leads_ready_call_backs",
        "campaign_id",
        "call_back_at",
        "id",
        postgresql_where=text("status = 'ready' AND call_back_at IS NOT NULL"),
    ),
    Index(
        "leads_raised",
        "campaign_id",
        text("score DESC"),
        "deadline",
        "id",
        postgresql_where=text("status = 'ready' AND deadline IS NOT NULL"),
    ),
    Index(
        "leads_deadline",
        "deadline",
        postgresql_where=text("deadline IS NOT NULL AND status IN ('ready', 'waiting', 'blocked')"),
    ),
    Index("leads_waiting", "due_at", postgresql_where=text("status = 'waiting'")),
    Index("leads_contact", "contact_id"),
)

lead_leases = Table(
    "lead_leases",
    metadata,
    Column("lead_id", BigInteger, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("campaign_id", BigInteger, nullable=False),
    words("owner"),
    Column("until", DateTime(timezone=True), nullable=False, comment="infinity: while its attempt is open"),
    PrimaryKeyConstraint("contact_id", "lead_id"),
    prefixes=["UNLOGGED"],
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", UUID(as_uuid=False), nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("lead_id", BigInteger, nullable=False),
    Column("number_id", BigInteger, nullable=False),
    Column("e164", Text, nullable=False, comment="as dialed, whatever becomes of the number's row"),
    words("engine"),
    words("server"),
    moment("opened_at", required=True),
    words("verdict"),
    Column("reserved_for", Text, comment="the one agent that it is for"),
    Column("caller_id", Text, nullable=False, server_default=text("''"), comment="shown; empty: the trunk's own"),
    Column(
        "prompt", Text, nullable=False, server_default=text("''"), comment="sound that it plays; empty: an agent's call"
    ),
    words("state", "open"),
    Column("counts", Boolean, nullable=False, server_default=text("true"), comment="false: the telephone never rang"),
    PrimaryKeyConstraint("id", "contact_id"),
    ForeignKeyConstraint(["lead_id", "contact_id"], ["leads.id", "leads.contact_id"]),
    ForeignKeyConstraint(["number_id", "contact_id"], ["phone_numbers.id", "phone_numbers.contact_id"]),
    CheckConstraint("state IN ('open', 'ended')", name="state"),
    CheckConstraint(f"e164 ~ '{E164}'", name="e164"),
    Index("attempts_of_number", "e164", "opened_at"),
    Index("attempts_of_contact", "contact_id", "opened_at"),
    Index("attempts_at", "opened_at"),
    Index("attempts_of_campaign", "campaign_id", "opened_at"),
    Index("attempts_of_caller_id", "caller_id", "opened_at", postgresql_where=text("caller_id <> ''")),
    Index("attempts_open", "engine", postgresql_where=text("state = 'open'")),
    Index("attempts_open_lead", "lead_id", "contact_id", unique=True, postgresql_where=text("state = 'open'")),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("attempt_id", UUID(as_uuid=False), nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    words("outcome"),
    Column("cause", Integer, nullable=False, comment="Q.850; 0 when none was given"),
    moment("answered_at"),
    Column("amd", Text),
    moment("waiting_since"),
    moment("connected_at"),
    Column("agent_id", Text),
    Column("abandoned", Boolean, nullable=False),
    moment("ended_at", required=True),
    Column("ring_seconds", Double),
    Column("points", Double, nullable=False, comment="added to the lead's score"),
    PrimaryKeyConstraint("attempt_id", "contact_id"),
    ForeignKeyConstraint(["attempt_id", "contact_id"], ["attempts.id", "attempts.contact_id"]),
    one_of("outcome", Outcome),
    one_of("amd", AmdResult),
    CheckConstraint("ring_seconds >= 0", name="ring_seconds"),
    Index("outcomes_of_campaign", "campaign_id", "ended_at"),
    Index("outcomes_ended", "ended_at", postgresql_using="brin"),
    Index("outcomes_answered", "campaign_id", "answered_at", postgresql_where=text("answered_at IS NOT NULL")),
    Index("outcomes_of_agent", "agent_id", "ended_at", postgresql_where=text("agent_id IS NOT NULL")),
)

dispositions = Table(
    "dispositions",
    metadata,
    Column("attempt_id", UUID(as_uuid=False), nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    words("agent_id"),
    words("disposition"),
    moment("at", required=True),
    words("note", ""),
    PrimaryKeyConstraint("attempt_id", "contact_id"),
    ForeignKeyConstraint(["attempt_id", "contact_id"], ["attempts.id", "attempts.contact_id"]),
    one_of("disposition", Disposition),
    Index("dispositions_of_agent", "agent_id", "at"),
)

call_backs = Table(
    "call_backs",
    metadata,
    Column("attempt_id", UUID(as_uuid=False), nullable=False, comment="the attempt in which it was promised"),
    Column("contact_id", BigInteger, nullable=False),
    Column("lead_id", BigInteger, nullable=False),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    moment("due_at", required=True),
    Column("agent_id", Text, comment="whom it was promised; null: any agent"),
    moment("made_at", required=True),
    Column("kept_at", DateTime(timezone=True), comment="when the contact was spoken to again, or the lead was closed"),
    PrimaryKeyConstraint("attempt_id", "contact_id"),
    ForeignKeyConstraint(["attempt_id", "contact_id"], ["attempts.id", "attempts.contact_id"]),
    ForeignKeyConstraint(["lead_id", "contact_id"], ["leads.id", "leads.contact_id"]),
    Index("call_backs_open", "campaign_id", "due_at", postgresql_where=text("kept_at IS NULL")),
    Index("call_backs_open_lead", "lead_id", postgresql_where=text("kept_at IS NULL")),
)

agents = Table(
    "agents",
    metadata,
    Column("id", Text, nullable=False, comment="login number in Asterisk"),
    words("name"),
    words("server"),
    recorded("enrolled_at"),
    PrimaryKeyConstraint("id"),
)

agent_states = Table(
    "agent_states",
    metadata,
    identity(),
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id")),
    words("state"),
    moment("at", required=True),
    words("reason", ""),
    PrimaryKeyConstraint("id"),
    one_of("state", AgentState),
    Index("agent_states_last", "agent_id", text("id DESC")),
    Index("agent_states_at", "at"),
)

caller_ids = Table(
    "caller_ids",
    metadata,
    Column("e164", Text, nullable=False),
    words("place", ""),
    Column(
        "campaign_id",
        BigInteger,
        ForeignKey("campaigns.id", ondelete="CASCADE"),
        comment="whose alone it is; null: any campaign's",
    ),
    Column("daily_limit", Integer, nullable=False, server_default=text("0"), comment="attempts in 24 h; 0: any number"),
    Column("resting", Boolean, nullable=False, server_default=text("false"), comment="set aside by hand"),
    recorded("added_at"),
    PrimaryKeyConstraint("e164"),
    CheckConstraint(f"e164 ~ '{E164}'", name="e164"),
    CheckConstraint("daily_limit >= 0", name="daily_limit"),
    CheckConstraint("place ~ '^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$'", name="place"),
)

dnc_entries = Table(
    "dnc_entries",
    metadata,
    Column("e164", Text, nullable=False),
    words("source"),
    moment("added_at", required=True),
    PrimaryKeyConstraint("e164"),
    CheckConstraint(f"e164 ~ '{E164}'", name="e164"),
)
