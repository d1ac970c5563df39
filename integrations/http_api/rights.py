"""Who may do what, in one table; and the door that tells callers apart."""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from aiohttp import web

from dialer.domain.ids import AgentId
from dialer.settings import Role, TokenSettings
from integrations.http_api.faults import Forbidden, Unauthorized

COOKIE = "paceline_session"
_READING = frozenset({"GET", "HEAD"})


class Right(StrEnum):
    SEE_CAMPAIGNS = "see campaigns"
    RUN_CAMPAIGNS = "create, tune, start, pause and stop campaigns"
    LEADS = "see and add leads"
    SEE_AGENTS = "see agents"
    WORK = "act as an agent"
    ENROLL = "enroll agents"
    SEE_ATTEMPTS = "see attempts"
    SEE_CALL_BACKS = "see call-backs"
    CANCEL_CALL_BACKS = "cancel call-backs"
    DNC = "check and change the do-not-call list"
    NOTE_CONSENT = "record consent and its withdrawal"
    SEE_CONSENT = "see consent"
    PERSONAL_DATA = "export and erase a person's data"
    SEE_CONTACTS = "see contacts, their profiles and preferences"
    TELL_PREFERENCES = "record preferences, and sign links to the page for them"
    TELL_ATTRIBUTES = "record attributes, and change accounts"
    SEE_ABANDONMENT = "see abandoned calls"
    SEE_RULES = "see which rules are in force"
    RELOAD_RULES = "have the rule files read anew"
    EVENTS = "tell of events of contacts"
    SEE_OFFERS = "see what may be offered to a contact"
    PLAN = "plan campaigns, and which products exclude each other"
    SEE_FLOOR = "see servers and the floor"
    SEE_WALLBOARD = "see the wallboard"
    SEE_SWITCHES = "see the marketing switches"
    MOVE_SWITCHES = "order marketing off, and lift the order"
    SEE_SEGMENTS = "see segments and portraits"
    SEE_REPORTS = "see daily reports"
    SEND_REPORTS = "have daily reports sent"
    WATCH = "watch events"
    SEE_WAVES = "see waves"
    RUN_WAVES = "put, start, hold and remove waves"
    CHANNEL_NEWS = "tell receipts and replies"
    SHOP_TASKS = "see, take and close shops' tasks"
    HEAR_RECORDINGS = "hear recordings"
    SEE_RECORDING_LOG = "see who heard and deleted recordings"
    HOLD_RECORDINGS = "have recordings kept, and release them"
    DELETE_RECORDINGS = "delete recordings whose time is over"
    WEBHOOKS = "set up webhooks and see their deliveries"
    KNOW_QUALITY = "see the rules of quality sampling, notices and the library of cases"
    SEE_QUALITY = "see quality's samples, figures, disputes and complaints"
    REVIEW = "draw samples, score calls, publish and withdraw notices"
    SETTLE = "settle disputes of scores, and keep the library of cases"
    COMPLAIN = "record complaints"


_SUPERVISORS: frozenset[Role] = frozenset({"supervisor", "admin"})
_FLOOR: frozenset[Role] = frozenset({"agent", "supervisor", "admin"})

ROLES: Mapping[Right, frozenset[Role]] = MappingProxyType(
    {
        Right.SEE_CAMPAIGNS: _SUPERVISORS | {"quality"},
        Right.RUN_CAMPAIGNS: _SUPERVISORS,
        Right.LEADS: _SUPERVISORS,
        Right.SEE_AGENTS: _FLOOR,
        Right.WORK: _FLOOR,
        Right.ENROLL: frozenset({"admin"}),
        Right.SEE_ATTEMPTS: _FLOOR | {"quality"},
        Right.SEE_CALL_BACKS: _FLOOR,
        Right.CANCEL_CALL_BACKS: _SUPERVISORS,
        Right.DNC: _SUPERVISORS,
        Right.NOTE_CONSENT: _FLOOR,
        Right.SEE_CONSENT: _SUPERVISORS | {"quality"},
        Right.PERSONAL_DATA: _SUPERVISORS,
        Right.SEE_CONTACTS: _FLOOR | {"quality"},
        Right.TELL_PREFERENCES: _FLOOR,
        Right.TELL_ATTRIBUTES: _SUPERVISORS,
        Right.SEE_ABANDONMENT: _SUPERVISORS | {"quality"},
        Right.SEE_RULES: _SUPERVISORS | {"quality"},
        Right.RELOAD_RULES: _SUPERVISORS,
        Right.EVENTS: _SUPERVISORS,
        Right.SEE_OFFERS: _FLOOR,
        Right.PLAN: _SUPERVISORS,
        Right.SEE_FLOOR: _SUPERVISORS,
        Right.SEE_WALLBOARD: _SUPERVISORS | {"quality", "wallboard"},
        Right.SEE_SWITCHES: _FLOOR | {"quality"},
        Right.MOVE_SWITCHES: _SUPERVISORS,
        Right.SEE_SEGMENTS: _SUPERVISORS | {"quality"},
        Right.SEE_REPORTS: _SUPERVISORS | {"quality"},
        Right.SEND_REPORTS: _SUPERVISORS,
        Right.WATCH: _FLOOR,
        Right.SEE_WAVES: _SUPERVISORS | {"quality"},
        Right.RUN_WAVES: _SUPERVISORS,
        Right.CHANNEL_NEWS: frozenset({"gateway", "admin"}),
        Right.SHOP_TASKS: _SUPERVISORS | {"shop"},
        Right.HEAR_RECORDINGS: _FLOOR | {"quality"},
        Right.SEE_RECORDING_LOG: _SUPERVISORS,
        Right.HOLD_RECORDINGS: _SUPERVISORS | {"quality"},
        Right.DELETE_RECORDINGS: frozenset({"admin"}),
        Right.WEBHOOKS: frozenset({"admin"}),
        Right.KNOW_QUALITY: _FLOOR | {"quality"},
        Right.SEE_QUALITY: _SUPERVISORS | {"quality"},
        Right.REVIEW: frozenset({"quality", "admin"}),
        Right.SETTLE: _SUPERVISORS | {"quality"},
        Right.COMPLAIN: _FLOOR | {"quality"},
    }
)
"""An agent's rights are for itself alone: its own state, attempts, recordings, call-backs and events. What a
person says of being called, by which channel, when and about what, it may record for whomever it hears it from, and see
whom it meets."""


@dataclass(frozen=True, slots=True)
class Caller:
    name: str
    role: Role

    @property
    def only(self) -> AgentId | None:
        """The one agent whose affairs the caller may see; None: everyone's."""
        return AgentId(self.name) if self.role == "agent" else None

    @property
    def sees_numbers(self) -> bool:
        """Sees every phone number in full; an agent only that of the call it is in."""
        return self.role in _SUPERVISORS


class Door:
    """Knows the tokens. They are compared by their digests, all of them, in constant time."""

    def __init__(self, tokens: Sequence[TokenSettings]) -> None:
        self._known = [(_digest(token.token), Caller(token.name, token.role)) for token in tokens]

    def admit(self, request: web.Request, right: Right) -> Caller:
        """Who asks. Unauthorized without a token that is known, Forbidden when the role lacks the right."""
        caller = self.known(request)
        if caller.role not in ROLES[right]:
            raise Forbidden(f"role {caller.role} may not {right}")
        return caller

    def known(self, request: web.Request) -> Caller:
        """Who asks, whatever it may do. Unauthorized without a token that is known."""
        return self._caller(_token_of(request) or _cookie_in(request))

    def named(self, request: web.Request) -> tuple[Caller, str]:
        """As `known`, by a token that the request itself names, with that token."""
        token = _token_of(request)
        return self._caller(token), token or ""

    def _caller(self, token: str | None) -> Caller:
        if token is None:
            raise Unauthorized("name your token: Authorization: Bearer TOKEN")
        given, found = _digest(token), None
        for known, caller in self._known:
            if hmac.compare_digest(known, given):
                found = caller
        if found is None:
            raise Unauthorized("this token is not known")
        return found


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _token_of(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if "Authorization" not in request.headers:
        offered = [one.strip() for one in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        if len(offered) == 2 and offered[0] == "bearer" and offered[1]:
            return offered[1]
    return None


def cookie_of(token: str) -> str:
    return urlsafe_b64encode(token.encode("utf-8", "surrogateescape")).decode()


def _cookie_in(request: web.Request) -> str | None:
    """A browser sends it by itself, so nothing but reading is done on its word."""
    kept = request.cookies.get(COOKIE, "")
    if request.method not in _READING or "Authorization" in request.headers or not kept:
        return None
    try:
        return urlsafe_b64decode(kept.encode()).decode("utf-8", "surrogateescape")
    except (binascii.Error, UnicodeError):
        return None
