"""All settings of the service: one TOML file plus environment, checked as a whole before anything starts.

`dialer settings` prints every one with unit, default and meaning. The environment wins over the file:
`DIALER_DATABASE__URL` sets `url` in `[database]`, `DIALER_ASTERISK__0__SECRET` the secret of the first `[[asterisk]]`.
Secrets are in no `repr` and in no error.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Protocol, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from dialer.domain.calendar import OnConflict
from dialer.domain.errors import BadInput
from dialer.domain.service_group import ServiceGroup
from pacing.marketing.rule import BusyHours, RateKind, SwitchRule

Role = Literal["agent", "supervisor", "quality", "admin", "gateway", "shop", "wallboard"]
Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
"""No control characters: they would become header lines on the AMI."""
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Named(Protocol):
    name: str


class DatabaseSettings(_Section):
    url: str = Field(
        "", repr=False, description="PostgreSQL address, postgresql://user:password@host/name; empty: embedded"
    )
    pool_size: int = Field(8, ge=2, le=100, description="connections held open")


class TokenSettings(_Section):
    name: Name = Field(description="who it is; an agent's token bears the agent's number")
    role: Role = Field(description="agent, supervisor, quality, admin, gateway, shop or wallboard")
    token: str = Field(min_length=16, repr=False, description="the bearer token itself, at least 16 characters")


class ApiSettings(_Section):
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0: any free one")
    tokens: tuple[TokenSettings, ...] = Field((), description="who may call the API")


class AsteriskSettings(_Section):
    name: Name = Field("main", description="our name for the server")
    host: Text = Field("127.0.0.1", description="address of its AMI")
    port: int = Field(5038, ge=1, le=65535, description="port of its AMI")
    username: Text = Field("dialer", description="AMI user")
    secret: Text = Field(repr=False, description="AMI secret")
    dial_string: Text = Field("PJSIP/{number}@carrier", description="channel to dial; {number} E.164, {digits} no plus")
    agent_dial_string: Text = Field("PJSIP/{agent}", description="channel of an agent's phone")
    lines: int = Field(100, ge=1, le=20_000, description="most channels held at once")
    calls_per_second: float = Field(20.0, gt=0, le=1_000, description="most originates a second")
    prompt_lines: int = Field(10, ge=0, le=20_000, description="most of them that play recorded prompts; 0: none does")
    recordings: Path | None = Field(
        None, description="folder with its recordings (spool/monitor), as this machine sees it; empty: out of reach"
    )
    return_message: Annotated[str, Field(pattern="^[A-Za-z0-9_./&-]+$")] = Field(
        "beep", description="sound for who calls back a number that campaigns show; it should name the key"
    )
    return_key: Annotated[str, Field(pattern="^[0-9*#]?$")] = Field(
        "9", description="key by which they ask not to be called again; empty: none"
    )


class EngineSettings(_Section):
    name: Name = Field("engine-1", description="this engine's name, one for each engine on a database")
    hopper_leads: int = Field(200, ge=1, le=10_000, description="leads leased ahead per campaign")
    lease_seconds: float = Field(120.0, ge=10, description="s after which a dead engine's leads come back")
    tick_seconds: float = Field(0.5, ge=0.05, le=5, description="s between pacing decisions without an event")
    heartbeat_seconds: float = Field(1.0, ge=0.2, le=10, description="s between signs of life to Asterisk")
    silence_seconds: float = Field(4.0, ge=1, le=60, description="s without a sign of life: callers go to the queue")
    action_seconds: float = Field(5.0, ge=0.5, le=60, description="s an AMI action may take")
    drain_seconds: float = Field(600.0, ge=0, description="s that live calls may take to finish at shutdown")
    data_directory: Path = Field(
        Path("~/.local/share/paceline"), description="embedded database, spool of outcomes not stored yet"
    )


class ComplianceSettings(_Section):
    rules: Path | None = Field(None, description="rule file; empty: the strict default that is shipped")
    default_region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = Field(
        "US", description="region of numbers written without a country code"
    )
    amd_false_share: float = Field(
        0.1, ge=0, le=1, description="share of calls ended as machines that were people; find out by listening"
    )
    retain_years: int = Field(
        0, ge=0, le=10, description="years that calls and verdicts are kept at least; 0: as the rules on retention say"
    )


class ContactsSettings(_Section):
    attributes: Path | None = Field(None, description="attribute catalogue, TOML; empty: the one that is shipped")
    churn_guide: Path | None = Field(None, description="churn guide, TOML; empty: the one that is shipped")
    link_secret: str = Field(
        "", repr=False, description="signs links to the self-service page, at least 32 characters; empty: no links"
    )
    link_days: float = Field(30.0, gt=0, le=3650, description="days that such a link lasts")
    public_address: Annotated[str, Field(pattern=r"^(https?://[!-~]+)?$")] = Field(
        "", description="where customers reach this service, https://host; empty: links are told without it"
    )

    @field_validator("link_secret")
    @classmethod
    def _is_long(cls, secret: str) -> str:
        if secret and len(secret) < 32:
            raise ValueError("must have at least 32 characters")
        return secret


class CampaignSettings(_Section):
    trigger_rules: Path | None = Field(
        None, description="TOML file of the rules by which events raise leads; empty: none"
    )
    pressure_contacts: int = Field(
        0,
        ge=0,
        le=1000,
        description="most contacts a person in pressure_days, over all campaigns and channels; 0: no limit",
    )
    pressure_days: float = Field(7.0, gt=0, le=366, description="days of that limit; a campaign's own may be stricter")
    on_conflict: OnConflict = Field(
        "warn", description="starting a campaign that has conflicts in the calendar: ignore, warn or refuse"
    )


class ScoringSettings(_Section):
    worth: Annotated[str, Field(pattern=r"^$|^[^=,]+=[0-9.]+(\s*,\s*[^=,]+=[0-9.]+)*$")] = Field(
        "", description="what a sale brings by the customer's tier, as gold=300, silver=120; others: 1"
    )
    worth_feature: Text = Field("value_tier", description="the attribute that names the tier")
    recency: Text = Field("days_since_purchase", description="the attribute for recency; less is better")
    frequency: Text = Field("purchases", description="the attribute for frequency")
    money: Text = Field("monthly_spend", description="the attribute for money")
    dial_minutes: float = Field(0.1, ge=0, le=60, description="min of an agent's waiting that a call costs, on average")
    daily_hour: int = Field(3, ge=-1, le=23, description="UTC hour of the daily training and ranking; -1: never")


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class QualitySettings(_Section):
    rules: Path | None = Field(None, description="rules of quality sampling, TOML; empty: those that are shipped")
    forms: Path | None = Field(None, description="score forms, TOML; empty: the one that is shipped")


class BusyHoursSettings(_Section):
    weekdays: tuple[Weekday, ...] = Field(description="days, as mon, tue ...")
    begins: time = Field(description="local time at which marketing goes off")
    ends: time = Field(description="local time of the end; 00:00:00 is midnight")


class ServiceGroupSettings(_Section):
    """See dialer.domain.service_group and pacing.marketing.rule for what each means."""

    name: Name = Field(description="a city, a brand: campaigns name it as their service group")
    queues: tuple[Text, ...] = Field(description="its inbound queues in Asterisk")
    target: float = Field(0.8, description="perceived connect rate to keep, above 0, at most 1")
    rate: RateKind = Field(RateKind.WITHIN_THRESHOLD, description="answered, within_threshold or callers")
    threshold_seconds: float = Field(20.0, description="s in which a call is to be answered")
    short_abandon_seconds: float = Field(5.0, description="s: a caller who gives up sooner counts nowhere")
    repeat_minutes: float = Field(30.0, description="min in which a caller's calls are one try")
    sustained_minutes: int = Field(30, description="min on target, step by step, before marketing comes back")
    step_seconds: int = Field(60, description="s of a step; shorter only to try the switch out")
    empty_steps_count: bool = Field(True, description="a step without calls is on target")
    minimum_offered: int = Field(20, description="calls in the day below which a bad rate does not close")
    least_open_seconds: float = Field(120.0, description="s open before a bad rate closes")
    least_closed_seconds: float = Field(300.0, description="s closed at least")
    unmeasured_seconds: float = Field(15.0, description="s without sight of the queues that close")
    time_zone: str = Field("UTC", description="the group's own, as Europe/Berlin")
    day_begins: time = Field(time(0, 0), description="local time at which its service day begins")
    busy_first_days: int = Field(1, description="first days of a month without marketing")
    busy_last_days: int = Field(1, description="last days of a month without marketing")
    busy_dates: tuple[date, ...] = Field((), description="days without marketing, set by hand")
    busy_holidays: str = Field("", description="country or part, DE or DE-BY, whose holidays are busy; empty: none")
    busy_hours: tuple[BusyHoursSettings, ...] = Field((), description="hours without marketing")
    predictive_minutes: float = Field(0.0, description="min looked ahead to close early; 0: not")
    keep_call_backs: bool = Field(True, description="promised call-backs are dialed while marketing is off")
    ramp_seconds: float = Field(300.0, description="s over which agents come back to marketing")
    expected_handle_seconds: float = Field(240.0, description="s an inbound call takes, until enough were seen")
    least_free_agents: int = Field(0, description="agents kept free for inbound calls at least")
    shares_agents: bool = Field(True, description="agents of the group's campaigns serve its queues too")
    open_penalty: int = Field(5, description="their queue penalty while marketing is on")

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        try:
            self.group()
        except BadInput as error:
            raise ValueError(str(error)) from error
        return self

    def group(self) -> ServiceGroup:
        """ValueError or BadInput names what can't be; there is none once the settings were read."""
        own = {"name", "queues", "shares_agents", "open_penalty", "busy_hours"}
        hours = tuple(
            BusyHours(tuple(get_args(Weekday).index(day) for day in one.weekdays), one.begins, one.ends)
            for one in self.busy_hours
        )
        rule = SwitchRule(busy_hours=hours, **self.model_dump(exclude=own))
        return ServiceGroup(self.name, self.queues, rule, self.shares_agents, self.open_penalty)


class ChannelSettings(_Section):
    """One way to send messages; which of the fields count, docs/waves.md says."""

    kind: Literal["smpp", "http_sms", "smtp", "trial_sms", "trial_email"] = Field(
        "trial_sms", description="smpp, http_sms, smtp; trial_sms and trial_email write into a file"
    )
    sender: Text = Field("", description="what people see: a number, a name, an address")
    host: Text = Field("", description="of smpp and smtp")
    port: int = Field(2775, ge=1, le=65535, description="of smpp (2775) and smtp (587)")
    username: Text = Field("", description="of smtp, and smpp's system_id")
    password: Text = Field("", repr=False, description="of smtp and smpp; of http_sms the bearer token")
    security: Literal["starttls", "tls", "none"] = Field("none", description="of smtp and smpp: starttls, tls or none")
    per_second: float = Field(20.0, gt=0, le=10_000, description="most messages a second, of smpp")
    url: Text = Field("", description="of http_sms: where messages are posted")
    body: Text = Field(
        '{"to": "{to}", "from": "{sender}", "text": "{text}", "id": "{id}"}', description="of http_sms: what is posted"
    )
    reference: Text = Field("id", description="of http_sms: where in the answer the gateway's id stands, a.b.0")
    secret: Text = Field("", repr=False, description="of http_sms: signs what is posted; empty: not signed")
    opt_out: Text = Field("", description="of smtp: the address in List-Unsubscribe")
    file: Path = Field(Path("messages.jsonl"), description="of trial_sms and trial_email")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        wanted = {"smpp": ("host", "username"), "http_sms": ("url",), "smtp": ("host",)}.get(self.kind, ())
        missing = [name for name in ("sender", *wanted) if not getattr(self, name)]
        if missing:
            raise ValueError(f"{', '.join(missing)}: {self.kind} needs it")
        return self


class LogSettings(_Section):
    form: Literal["text", "json"] = Field("text", description="text for people, json for a log store: a line each")


class TracingSettings(_Section):
    endpoint: Annotated[str, Field(pattern=r"^(https?://[!-~]+)?$")] = Field(
        "", description="OTLP over HTTP, http://collector:4318/v1/traces; empty: nothing is traced"
    )
    share: float = Field(1.0, gt=0, le=1, description="share of attempts that are traced")


class RecordingSettings(_Section):
    keep_days: int = Field(0, ge=0, le=3660, description="days that recordings are kept at most; 0: as the rules say")
    delete_hour: int = Field(
        -1, ge=-1, le=23, description="hour, UTC, at which those over their time are deleted; -1: by command alone"
    )


class ReportSettings(_Section):
    """The daily report; docs/daily-report.md."""

    zone: str = Field("UTC", description="time zone whose days are reported on, as Europe/Berlin")
    at: time | None = Field(
        None, description="local time at which the report on the day before is made, as 06:00:00; empty: never"
    )
    least_hours: float = Field(1.0, ge=0, le=24, description="h logged in that a rank needs")
    directory: Path | None = Field(None, description="where reports are put; empty: nowhere")
    forms: tuple[Literal["html", "csv", "xlsx"], ...] = Field(("html", "csv", "xlsx"), description="html, csv, xlsx")
    recipients: tuple[Annotated[str, Field(pattern=r"^[^\s@,;<>]+@[^\s@,;<>]+$")], ...] = Field(
        (), description="addresses to which it is sent, by the channel of e-mail; none: to nobody"
    )

    @field_validator("zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no time zone of the IANA's list") from error
        return zone

    @field_validator("at", "directory", mode="before")
    @classmethod
    def _is_there(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("at")
    @classmethod
    def _is_local(cls, at: time | None) -> time | None:
        if at is not None and at.tzinfo is not None:
            raise ValueError("must have no zone of its own: it is by report.zone")
        return at


class WebhookSettings(_Section):
    private_addresses: bool = Field(False, description="deliver to this machine and private networks too, and by http")
    tries: int = Field(12, ge=1, le=50, description="times a delivery is tried before it counts as dead")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="DIALER_", env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    database: DatabaseSettings = DatabaseSettings()
    api: ApiSettings = ApiSettings()
    asterisk: tuple[AsteriskSettings, ...] = ()
    engine: EngineSettings = EngineSettings()
    compliance: ComplianceSettings = ComplianceSettings()
    contacts: ContactsSettings = ContactsSettings()
    campaigns: CampaignSettings = CampaignSettings()
    scoring: ScoringSettings = ScoringSettings()
    quality: QualitySettings = QualitySettings()
    service_groups: tuple[ServiceGroupSettings, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()
    webhooks: WebhookSettings = WebhookSettings()
    recordings: RecordingSettings = RecordingSettings()
    logs: LogSettings = LogSettings()
    tracing: TracingSettings = TracingSettings()
    report: ReportSettings = ReportSettings()
    clock: str = Field("", description="a scaled clock shared with the telephone lab; empty: the machine's")

    @field_validator("asterisk", "service_groups")
    @classmethod
    def _names_differ(cls, sections: tuple[_Named, ...]) -> tuple[_Named, ...]:
        names = [section.name for section in sections]
        if len(set(names)) < len(names):
            raise ValueError("two of them bear the same name")
        return sections

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)  # load_settings merges file, environment and overrides before


class DescribedSetting(NamedTuple):
    name: str
    """As in `database.url`; `asterisk.0.host` is of the first of several."""
    environment: str
    """The environment variable that sets it."""
    meaning: str
    """With its unit."""
    default: str
    """As text; "required" where there is none."""
    is_text: bool
    """The default is a text, though it may look like a number."""


def describe_settings() -> list[DescribedSetting]:
    """Every setting there is, in the order of the file."""
    return [
        DescribedSetting(
            ".".join(path),
            "DIALER_" + "__".join(path).upper(),
            field.description or "",
            "required" if field.is_required() else _written(field.default),
            isinstance(field.default, str),
        )
        for path, field in _fields(Settings, ())
    ]


def _fields(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        path = (*above, name)
        if get_args(inner)[1:] == (Ellipsis,):
            inner, path = get_args(inner)[0], (*path, "0")
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _fields(inner, path)
        else:
            yield path, field


def _written(default: object) -> str:
    return "" if default is None else str(default)


def load_settings(file: Path | None = None, **overrides: Any) -> Settings:
    """Read and check all settings: overrides win over the environment, and that over the file.

    BadInput names each place that is wrong, all at once.
    """
    place = str(file) if file else "settings"
    written = _read(file) if file else {}
    try:
        return Settings(**_merged(_merged(written, _environment()), overrides))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise BadInput(faults, place) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", str(file)) from error


def _environment() -> dict[str, Any]:
    for name in sorted(os.environ):
        section, nested, _ = name.lower().removeprefix("dialer_").partition("__")
        if name.lower().startswith("dialer_") and nested and section not in Settings.model_fields:
            raise BadInput(f"there are no settings {section!r}", f"environment {name}")
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as error:
        raise BadInput(str(error), "environment") from error


def _merged(base: Any, over: Any) -> Any:
    """`over` laid on `base`, table by table; a table with numbers as keys is laid on a list."""
    if not isinstance(over, Mapping):
        return over
    if over and all(key.isdecimal() for key in over):
        items = dict(enumerate(base)) if isinstance(base, list | tuple) else {}
        items |= {int(key): _merged(items.get(int(key), {}), value) for key, value in over.items()}
        return [items[place] for place in sorted(items)]
    known = base if isinstance(base, Mapping) else {}
    return {**known, **{key: _merged(known.get(key), value) for key, value in over.items()}}
