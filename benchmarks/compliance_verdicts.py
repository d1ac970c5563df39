"""How fast verdicts are given: on one core with the facts in hand, and with the contact database before and the log of
verdicts behind.

    python -m benchmarks.compliance_verdicts [--verdicts 200000] [--leads 20000]

Prints JSON lines; beside the first, the calling hours alone, which every dialer must look at.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import text

from compliance.abandonment import AbandonmentRule, AbandonmentWindow, Budget
from compliance.facts import Consent, DialFacts, LastCalls, Listing
from compliance.gate import judge
from compliance.hours import DAY
from compliance.rule_files import shipped_rules
from compliance.zones import place_of
from dialer.domain.campaign import CampaignPlan
from dialer.domain.ids import CampaignId, EngineName
from dialer.engine.gate import IDLE, Gate
from dialer.engine.proof import Proof
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.migration import migrate
from integrations.contact_db.national_lists import DatabaseNationalLists
from integrations.contact_db.proof_book import DatabaseProofBook

MONDAY = datetime(2026, 11, 23, 17, tzinfo=UTC)
AREA_CODES = ("212", "305", "312", "415", "617", "702", "214", "206", "850", "801")
OWNER = EngineName("benchmark")
_BATCH = 500
_LEADS = """
WITH made AS (
    INSERT INTO contacts (name) SELECT 'contact ' || i FROM generate_series(1, :count) AS i RETURNING id
), numbered AS (
    INSERT INTO phone_numbers (contact_id, e164)
    SELECT id, '+1' || (CAST(:codes AS text[]))[1 + id % :kinds] || lpad(CAST(2000000 + id AS text), 7, '0') FROM made
)
INSERT INTO leads (campaign_id, contact_id, score) SELECT :campaign, id, id % 100 FROM made
"""
_PAST = """
INSERT INTO attempts (id, contact_id, campaign_id, lead_id, number_id, e164, engine, server, opened_at, verdict, state)
SELECT gen_random_uuid(), leads.contact_id, leads.campaign_id, leads.id, phone_numbers.id, e164, 'past', 'main',
    CAST(:at AS timestamptz) - make_interval(days => n), 'allowed', 'ended'
FROM leads JOIN phone_numbers USING (contact_id) CROSS JOIN generate_series(3, 5) AS n
"""


def say(name: str, value: float, unit: str, **case: object) -> None:
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit} | case), flush=True)


def a_window(rule: AbandonmentRule) -> AbandonmentWindow:
    day = timedelta(days=1)
    return AbandonmentWindow(rule, rule.cap_ratio, MONDAY - day, MONDAY + day, rule.minimum_answers, 5_000.0, 120.0)


def some_facts(random: Random) -> list[DialFacts]:
    """Of a thousand American numbers: with three attempts behind them, agreed to, and now and then blocked."""
    budget = Budget(tuple(a_window(rule) for rule in shipped_rules().abandonment_on(int(MONDAY.timestamp() // DAY))))
    past = tuple(MONDAY - timedelta(days=days) for days in (5, 4, 3))
    return [
        DialFacts(
            place=place_of(f"+1{random.choice(AREA_CODES)}{random.randrange(2_000_000, 9_999_999)}"),
            purpose="marketing",
            ring_seconds=28,
            consents=(Consent(MONDAY - timedelta(days=30), True, "marketing", "form"),)
            if random.random() < 0.5
            else (),
            listings={"US-DNC": Listing(MONDAY - timedelta(days=3), random.random() < 0.05)},
            born_on=(),
            on_dnc=False,
            number_attempts=past,
            contact_attempts=past,
            last_calls=LastCalls(machine_at=past[-1]),
            caller_id="+12025550100",
            agent_idle=random.random() < 0.5,
            budget=budget,
        )
        for _ in range(1_000)
    ]


def rate_of(work: Callable[[DialFacts, datetime], object], facts: list[DialFacts], count: int) -> float:
    """Calls a second of processor time, so that a busy machine tells little else."""
    for one in facts:
        work(one, MONDAY)
    moments = [MONDAY + timedelta(seconds=second) for second in range(997)]
    began = time.process_time()
    for number in range(count):
        work(facts[number % len(facts)], moments[number % len(moments)])
    return count / (time.process_time() - began)


def bench_in_hand(count: int) -> None:
    rules, facts = shipped_rules(), some_facts(Random(1))
    allowed = sum(judge(one, rules, MONDAY).allowed for one in facts)

    def hours_alone(one: DialFacts, now: datetime) -> object:
        return rules.book(one.place, None, one.purpose).hours.hold(one.zones, now.timestamp(), one.call_seconds)

    case: dict[str, object] = {"verdicts": count, "allowed_share": allowed / len(facts)}
    say("verdict_in_hand", rate_of(lambda one, now: judge(one, rules, now), facts, count), "verdicts/s", **case)
    say("calling_hours_alone", rate_of(hours_alone, facts, count), "checks/s", **case)


async def bench_with_database(folder: Path, leads: int) -> None:
    async with embedded_postgres(folder) as url:
        await migrate(url)
        database = await ContactDatabase.open(url, 4)
        try:
            await _claimed_and_judged(database, leads)
        finally:
            await database.close()


async def _claimed_and_judged(database: ContactDatabase, leads: int) -> None:
    plan = CampaignPlan("benchmark", caller_id="+12025550100", max_attempts=100)
    campaign = await DatabaseCampaignBook(database).create(plan)
    async with DatabaseNationalLists(database).loading("US-DNC", MONDAY, MONDAY, "benchmark"):
        pass
    values = {"count": leads, "campaign": campaign.id, "codes": list(AREA_CODES), "kinds": len(AREA_CODES)}
    await database.fetch(text(_LEADS), values)
    await database.fetch(text(_PAST), {"at": MONDAY})
    await database.fetch(text("ANALYZE"))
    run = _Run(DatabaseLeadStock(database), Gate(shipped_rules()), Proof(DatabaseProofBook(database), OWNER))
    case: dict[str, object] = {"leads": leads, "batch": _BATCH}
    for batches in (1, 2):
        await database.fetch(text("DELETE FROM lead_leases"))
        await database.fetch(text("VACUUM ANALYZE leads"), repeatable=False)
        run.spent.clear()
        began = time.perf_counter()
        await asyncio.gather(*(run.judge_all(campaign.id, plan) for _ in range(batches)))
        say("verdict_with_database", leads / (time.perf_counter() - began), "verdicts/s", **case, at_once=batches)
        if batches == 1:
            for part, took in run.spent.items():
                say(f"verdict_with_database_{part}", took / leads * 1e6, "us/verdict", **case)


@dataclass(slots=True)
class _Run:
    stock: DatabaseLeadStock
    gate: Gate
    proof: Proof
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    async def judge_all(self, campaign: CampaignId, plan: CampaignPlan) -> None:
        while True:
            at = time.perf_counter()
            leased = await self.stock.claim(campaign, _BATCH, OWNER, MONDAY, MONDAY + timedelta(seconds=120))
            if not leased:
                return
            claimed = await self.stock.facts(campaign, leased, MONDAY)
            at = self._passed("claim", at)
            given = [self.gate.admit(lead, plan, MONDAY, IDLE) for lead in claimed]
            at = self._passed("judge", at)
            await self.proof.keep_refusals([one.judged for one in given if one.judged is not None])
            self._passed("log", at)

    def _passed(self, part: str, since: float) -> float:
        now = time.perf_counter()
        self.spent[part] += now - since
        return now


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verdicts", type=int, default=200_000)
    parser.add_argument("--leads", type=int, default=20_000)
    arguments = parser.parse_args()
    bench_in_hand(arguments.verdicts)
    with tempfile.TemporaryDirectory(prefix="paceline-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # run by root, the database's own user must get through
        asyncio.run(bench_with_database(folder, arguments.leads))


if __name__ == "__main__":
    main()
