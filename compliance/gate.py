"""May this number be called now? Pure, and closed whenever a fact is missing or a rule can't be judged."""

from dataclasses import dataclass
from datetime import UTC, datetime

from compliance.checks import Failure, Moment, page_of
from compliance.facts import DialFacts
from compliance.hours import DAY, days_touched
from compliance.rulebook import Book, Kind, Rules


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    rules: tuple[str, ...]
    """The rules that were applied, as "US-HRS@1" (id and version)."""
    failures: tuple[Failure, ...] = ()
    earliest: datetime | None = None
    """When the number may be called, exactly, as far as today's facts tell; None: at no known time."""

    @property
    def first_failure(self) -> Failure | None:
        return self.failures[0] if self.failures else None

    @property
    def reason(self) -> str:
        """What stood against it first, in one of few words, for counting."""
        return self.failures[0].kind if self.failures else "allowed"

    @property
    def words(self) -> str:
        """The verdict in one line, to be stored with the attempt. It names no number of the callee."""
        if self.allowed:
            return f"allowed by {', '.join(self.rules)}"
        return "blocked: " + "; ".join(f"{failure.reason} ({failure.rule})" for failure in self.failures)


def judge(facts: DialFacts, rules: Rules, now: datetime) -> Verdict:
    """The verdict of all rules in force. Raises ValueError when `now` bears no UTC offset."""
    if now.utcoffset() is None:
        raise ValueError("the time of a verdict must bear its UTC offset")
    book = rules.book(facts.place, facts.address, facts.purpose)
    start = now.timestamp()
    moment, days = _moment(facts, book, now, start)
    page = page_of(book, days)
    failures: list[Failure] = []
    for check, rule in page.steps:
        try:
            failure = check(rule, facts, book, moment)
        except Exception as error:
            failure = Failure(rule.name, rule.kind, f"{rule.kind} could not be judged ({type(error).__name__})")
        if failure is not None:
            failures.append(failure)
    if page.missing:
        failures += [Failure("no rule", kind, f"no rule for {kind} is in force") for kind in page.missing]
        order = list(Kind)
        failures.sort(key=lambda failure: order.index(Kind(failure.kind)))
    if not failures:
        if moment.open:
            return Verdict(True, page.names, (), now)
        failures.append(Failure("no rule", Kind.CALLING_HOURS, "it is closed, though no rule says why", False))
    return Verdict(False, page.names, tuple(failures), _earliest(failures, facts, book, now))


def _moment(facts: DialFacts, book: Book, now: datetime, start: float) -> tuple[Moment, tuple[int, ...]]:
    """The moment, and the dates by which rules are picked: UTC's, and those that the call touches where it rings."""
    try:
        seconds = facts.call_seconds
        days = days_touched(facts.zones, start, seconds)
        is_open = bool(facts.zones) and book.hours.hold(facts.zones, start, seconds)
    except Exception:
        return Moment(now, start, False), (int(start // DAY),)  # the rules on hours say what is wrong, and block
    return Moment(now, start, is_open), days


def _earliest(failures: list[Failure], facts: DialFacts, book: Book, now: datetime) -> datetime | None:
    if any(failure.lasting for failure in failures):
        return None
    not_before = max([now, *(failure.not_before for failure in failures if failure.not_before)])
    opens = book.hours.next_open(facts.zones, not_before.timestamp(), facts.call_seconds)
    if opens is None:
        return None
    return max(not_before, datetime.fromtimestamp(opens, UTC))
