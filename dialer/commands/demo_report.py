"""What the demo says of its day when it is over, and whether the database and the lab tell the same."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from dialer.bootstrap import Service
    from dialer.commands.proof import Verified
    from dialer.domain.ids import CampaignId
    from dialer.domain.outcome import Outcome
    from dialer.engine.campaign_view import CampaignView


async def tell_switch(service: "Service", group: str) -> None:
    """What the marketing switch did in the day, and why."""
    zone = ZoneInfo("America/New_York")
    for change in reversed(await service.desk.marketing.changes(group, 20)):
        say(f"{change.at.astimezone(zone):%H:%M:%S} marketing {change.state} in {change.group}: {change.words}")


async def tell_compliance(service: "Service", view: "CampaignView", proof: "Verified", speed: float) -> None:
    from dialer.engine.caller_ids import shown_since  # noqa: PLC0415

    uses = await service.engine.books.caller_ids.uses(shown_since(service.clock.now()))
    shown = (
        f"{use.caller_id.number.e164} on {use.shown:,} attempts, {100 * use.answered / max(1, use.ended):.0f}% answered"
        for use in uses
    )
    say("caller ids took turns: " + "; ".join(shown))
    stock = await service.engine.books.leads.report(view.id)
    blocked = Counter(dict(stock.reasons)).most_common()
    say("leads that wait or are blocked: " + ", ".join(f"{reason} {count}" for reason, count in blocked))
    _, window = (await service.desk.abandonment(view.name))[0]
    counted = f"{window.abandoned:g} of {window.live_answers:g} live answers abandoned ({100 * window.ratio:.1f}%)"
    say(
        f"the law's count: {counted}, late agents in it; at {speed:g} times life its 2 s are {2000 / speed:.0f} ms here"
    )
    verdicts = sum(chain["verdicts"] for chain in proof.chains)
    words = "whole" if not proof.findings else f"BROKEN: {proof.findings[0]['where']} {proof.findings[0]['reason']}"
    say(f"log of {verdicts:,} verdicts, with {proof.attempts:,} attempts held against it: {words}")


async def differences_of(ledger: Path, service: "Service", campaign: "CampaignId") -> list[str]:
    """What the database says that the lab does not, or otherwise; each line one attempt."""
    from integrations.contact_db.reading import outcomes_by_attempt  # noqa: PLC0415
    from integrations.telephone_lab.ledger import outcome_by_ledger, read_ledger  # noqa: PLC0415

    lab = {entry.attempt: (outcome_by_ledger(entry), entry.agent) for entry in read_ledger(ledger)}
    stored = {str(k): v for k, v in (await outcomes_by_attempt(service.database, campaign)).items()}
    return compared(lab, stored)


def compared(
    lab: "Mapping[str, tuple[Outcome | None, str | None]]", stored: "Mapping[str, tuple[Outcome | None, str | None]]"
) -> list[str]:
    """Attempts that the two tell differently; one never placed is rightly unknown to the lab."""
    from dialer.domain.outcome import Outcome  # noqa: PLC0415

    differences = []
    for attempt in sorted(lab.keys() | stored.keys()):
        told, written = lab.get(attempt), stored.get(attempt)
        if told is None and written is not None and written[0] is Outcome.NOT_PLACED:
            continue
        if told != written:
            differences.append(f"{attempt}: the lab says {_words(told)}, the database {_words(written)}")
    return differences


def _words(told: "tuple[Outcome | None, str | None] | None") -> str:
    if told is None:
        return "nothing"
    outcome, agent = told
    return f"{outcome or 'still open'}{f' by agent {agent}' if agent else ''}"


def summary_of(view: "CampaignView", differences: list[str], proof: "Verified", speed: float) -> dict[str, object]:
    from dialer.domain.outcome import Outcome  # noqa: PLC0415
    from monitoring.terminal_view import abandoned_ratio, answered, percent  # noqa: PLC0415

    counts = Counter({outcome.replace("_", " "): count for outcome, count in view.outcomes.items()})
    say("")
    say(f"{view.opened:,} attempts, {answered(view):,} live answers, occupancy {percent(view.occupancy)}")
    say("outcomes: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))
    for line in differences[:10]:
        say(f"DIFFERENT {line}")
    say(f"database and lab agree on {view.opened - len(differences):,} of {view.opened:,} attempts")
    ratio = abandoned_ratio(view)
    return {
        "attempts": view.opened,
        "answered": answered(view),
        "abandoned": view.outcomes.get(Outcome.ABANDONED, 0),
        "abandoned_ratio": round(ratio, 4) if ratio is not None else None,
        "occupancy": round(view.occupancy, 4) if view.occupancy is not None else None,
        "wall_seconds": 0.0,
        "lab_speed": speed,
        "differences": len(differences),
        "proof_faults": len(proof.findings),
    }


def say(line: str) -> None:
    print(line, flush=True)
