"""Every metric that the service tells: its name, kind, labels and meaning. Nothing else names one.

Base units, as Prometheus asks. Labels are few and bounded by the settings, the rules and the words of the domain:
nobody's number and nobody's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dialer.domain.spans import Spans
from monitoring.exposition import Family, Labels, Rows


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    """Of a counter without its ending `_total`."""
    help: str
    labels: tuple[str, ...] = ()


class Gauge(Name):
    def of(self, rows: Rows) -> Family:
        return Family(self.name, "gauge", self.help, self.labels, rows)


class Counter(Name):
    def of(self, rows: Rows) -> Family:
        return Family(f"{self.name}_total", "counter", self.help, self.labels, rows)


class Histogram(Name):
    def of(self, spans: Mapping[Labels, Spans]) -> Family:
        return Family(self.name, "histogram", self.help, self.labels, spans=spans)


# campaigns
CAMPAIGN = Gauge(
    "dialer_campaign_info", "1 for each campaign, with its service group", ("campaign", "group", "mode", "status")
)
AGENTS = Gauge("dialer_agents", "Agents by state", ("campaign", "state"))
LINES = Gauge("dialer_lines", "Open attempts by state", ("campaign", "state"))
DIAL_LEVEL = Gauge("dialer_dial_level_ratio", "Ringing lines an agent who is ready", ("campaign",))
HOPPER = Gauge("dialer_hopper_leads", "Leads leased and about to be dialed", ("campaign",))
BLOCKED = Gauge(
    "dialer_blocked_leads", "Leads that wait or are blocked, when the hopper last ran dry", ("campaign", "reason")
)
OCCUPANCY = Gauge("dialer_occupancy_ratio", "Share of working time spent occupied", ("campaign",))
ATTEMPTS = Counter("dialer_attempts", "Attempts committed", ("campaign",))
OUTCOMES = Counter("dialer_outcomes", "Attempts ended, by outcome", ("campaign", "outcome"))
ANSWERS = Counter("dialer_live_answers", "Attempts that a person answered", ("campaign",))
ANSWER_TO_AGENT = Histogram(
    "dialer_answer_to_agent_seconds", "From a person's answer to an agent's voice", ("campaign",)
)
VERDICTS = Counter(
    "dialer_verdicts", "Verdicts logged, by the rule that first said no; allowed: none did", ("campaign", "rule")
)
ABANDONED = Gauge(
    "dialer_abandoned_ratio", "Abandoned of the live answers of a legal window", ("campaign", "window", "rule")
)
ABANDONED_CAP = Gauge("dialer_abandoned_cap_ratio", "The most that may be", ("campaign", "window", "rule"))
ABANDONED_LEFT = Gauge(
    "dialer_abandoned_budget_calls",
    "Calls that may still be abandoned by the live answers so far; below 0: too many were",
    ("campaign", "window", "rule"),
)
# what pacing expects, beside what comes true
ANSWER_PROBABILITY = Gauge("dialer_answer_probability_ratio", "Of a lead like the campaign's average", ("campaign",))
EXPECTED_ANSWERS = Gauge("dialer_expected_answers", "Of the lines that ring now", ("campaign",))
KNOB = Gauge("dialer_knob_spreads", "How many spreads pacing keeps between answers and agents", ("campaign",))
PACING_FAULTS = Counter("dialer_pacing_faults", "Times that predictive pacing failed", ("campaign",))
LEARNED_LINES = Counter("dialer_learned_lines", "Lines whose end pacing learned from", ("campaign",))
LEARNED_EXPECTED = Counter("dialer_learned_expected_answers", "Answers that pacing expected of them", ("campaign",))
LEARNED_ANSWERS = Counter("dialer_learned_answers", "Of them, those that a person answered", ("campaign",))
# servers and the service itself
TRUSTED = Gauge("dialer_server_trusted", "1: its state is known and it is dialed on", ("server",))
HELD = Gauge("dialer_server_lines", "Channels held by us", ("server",))
LINE_LIMIT = Gauge("dialer_server_line_limit", "The most that we may hold", ("server",))
SERVER_OUTCOMES = Counter("dialer_server_outcomes", "Attempts ended, by server", ("server", "outcome"))
AMI_ANSWERS = Histogram("dialer_ami_answer_seconds", "How long answers to AMI actions took", ("server",))
DATABASE = Histogram("dialer_database_seconds", "How long what was asked of the contact database took")
LOOP_LAG = Histogram("dialer_loop_lag_seconds", "By how much the event loop was late, looked at four times a second")
CALLER_IDS = Gauge("dialer_caller_ids", "Numbers of the pool, by place and health", ("place", "state"))
CALLER_ID_CALLS = Gauge(
    "dialer_caller_id_day_attempts", "Of the last 24 h that they were shown on: ended and rang", ("place", "state")
)
CALLER_ID_ANSWERS = Gauge(
    "dialer_caller_id_day_answers", "Of those, answered by people or machines", ("place", "state")
)
SPOOL = Gauge("dialer_spool_outcomes", "Outcomes that are not in the database yet")
DRAINING = Gauge("dialer_draining", "1: no new calls are placed, the service goes down")
# quality sampling
QUALITY_WAITING = Gauge("dialer_quality_waiting_scores", "Scores of sampled calls that reviewers still owe")
QUALITY_DISPUTED = Gauge("dialer_quality_disputed_calls", "Sampled calls that are to be looked at again")
QUALITY_NOTICES = Gauge("dialer_quality_notices", "Notices of violations that hold today")
# service groups
SWITCH_OPEN = Gauge("dialer_switch_open", "1: marketing is on", ("group",))
SWITCH_SINCE = Gauge("dialer_switch_since_timestamp_seconds", "Since when it stands so", ("group",))
SWITCH_HOLDING = Gauge("dialer_switch_holding", "1: this keeps marketing off now", ("group", "cause"))
INBOUND_RATE = Gauge("dialer_inbound_rate", "Perceived connect rate of the service day", ("group",))
INBOUND_TARGET = Gauge("dialer_inbound_target_ratio", "Perceived connect rate to keep", ("group",))
INBOUND_FORECAST = Gauge("dialer_inbound_forecast_ratio", "The day's rate as forecast", ("group",))
INBOUND_KEPT = Gauge("dialer_inbound_kept_agents", "Agents that marketing leaves to inbound", ("group",))
INBOUND_CALLS = Gauge("dialer_inbound_day_calls", "Of the service day so far", ("group", "count"))
INBOUND_CALLERS = Gauge("dialer_inbound_day_callers", "Of the service day so far", ("group", "count"))
INBOUND_WAITING = Gauge("dialer_inbound_waiting_callers", "In the queues now", ("group",))
INBOUND_WAIT = Gauge("dialer_inbound_longest_wait_seconds", "Of those who wait now", ("group",))
INBOUND_AGENTS = Gauge("dialer_inbound_agents", "Members of the queues", ("group", "state"))

EVERY = tuple(one for one in list(globals().values()) if isinstance(one, Name))
