"""The ranking of a big contact database: a part of contact_data.py.

Every campaign gets a champion of each kind, fitted here to made-up calls, since what ranking costs does not depend on
how good a model is. Then all leads are scored and placed by expected value, once on a list whose every score is the
import's, and once more a day later, when few move. Beside both, in the same run, the plain way: an UPDATE of every
lead's score by the database itself, which reads no features and asks no model, on a part of the leads.
"""

import asyncio
import resource
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import numpy as np

from benchmarks.claim_latency import say
from dialer.domain.campaign import Campaign
from dialer.engine.scoring.contact_history import load_rule
from dialer.engine.scoring.features import Plain
from dialer.engine.scoring.model_file import written
from dialer.engine.scoring.propensity import History, fit
from dialer.engine.scoring.rescoring import Ranking, Rescoring, ScoringPlan
from dialer.ports.scores import ModelStatus, ScoreModel, Target
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_ranks import DatabaseLeadRanks
from integrations.contact_db.score_book import DatabaseScoreBook

WANTED_SECONDS = 180
CALLS = 20_000
PLAIN_LEADS = 200_000
PLANS = ("best", "free", "gold", "talk")
"""Of one length, as the loader wants."""
_PLAIN = """
UPDATE leads SET score = random() * 100, answer_probability = random()
WHERE id BETWEEN $1 AND $2 AND status IN ('ready', 'waiting')
"""


async def measure_ranking(database: ContactDatabase, dsn: str, scale: float, now: datetime) -> None:
    """Needs a database that was not ranked before, for its first case."""
    campaigns = await DatabaseCampaignBook(database).campaigns()
    book = DatabaseScoreBook(database)
    for target, model in models(now).items():
        for campaign in campaigns:
            await book.add(champion(campaign, target, model, now))
    ranking = rescoring(database)
    for case, at in (("every score is the import's", now), ("a day later", now + timedelta(days=1))):
        await _ranked(ranking, campaigns, dsn, at, case=case, scale=scale)
    await _plain_updates(dsn, scale)
    say("ranking_memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GiB", scale=scale)


def rescoring(database: ContactDatabase) -> Rescoring:
    return Rescoring(DatabaseScoreBook(database), DatabaseLeadRanks(database, load_rule(None)), ScoringPlan())


async def rank_until(stop: asyncio.Event, database: ContactDatabase, now: datetime) -> None:
    """Again and again."""
    ranking, campaigns = rescoring(database), await DatabaseCampaignBook(database).campaigns()
    while not stop.is_set():
        for campaign in campaigns:
            await ranking.rank(campaign, now)


async def _ranked(ranking: Rescoring, campaigns: Sequence[Campaign], dsn: str, now: datetime, **case: object) -> None:
    begun, used, disk, found = time.perf_counter(), time.process_time(), await _disk(dsn), list[Ranking]()
    for campaign in campaigns:
        found.append(await ranking.rank(campaign, now))
    seconds, leads = time.perf_counter() - begun, sum(one.leads for one in found)
    say(
        "contacts_ranked",
        seconds,
        "s",
        leads=leads,
        leads_per_second=round(leads / seconds),
        written=sum(one.written for one in found),
        scorers=sorted({one.scorer.value for one in found}),
        process_seconds=round(time.process_time() - used, 1),
        wanted_s=WANTED_SECONDS,
        **case,
    )
    say("ranking_disk", await _disk(dsn) - disk, "GiB", of="what the database grew by", **case)


async def _plain_updates(dsn: str, scale: float) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    last = await connection.fetchval("SELECT max(id) FROM leads")
    begun = time.perf_counter()
    done = await connection.execute(_PLAIN, last - PLAIN_LEADS, last, timeout=3600)
    seconds = time.perf_counter() - begun
    await connection.close()
    leads = int(done.split()[-1])
    say("plain_update", leads / seconds, "leads/s", leads=leads, scale=scale, of="random scores, by one statement")


async def _disk(dsn: str) -> float:
    connection = await asyncpg.connect(dsn, timeout=10)
    taken = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.close()
    return float(taken) / 2**30


def models(now: datetime) -> dict[Target, bytes]:
    random = np.random.default_rng(3)
    at_days = np.sort(now.timestamp() / 86_400 - 60 * random.random(CALLS))
    columns = past_calls(random)
    afternoon = (np.asarray(columns["local_hour"], dtype=float) >= 14) * 0.1
    spend = np.asarray(columns["monthly_spend"], dtype=float)
    chances = {
        Target.ANSWER: 0.2 + afternoon + 0.1 * (columns["plan"] == "gold"),
        Target.SALE: 0.05 + spend / 8_000 + 0.05 * (columns["plan"] == "talk"),
    }
    return {
        target: written(fit(History(columns, at_days, (random.random(CALLS) < chance).astype(float))))
        for target, chance in chances.items()
    }


def past_calls(random: np.random.Generator) -> Plain:
    """Features of the kinds that the loaded people have."""
    said: dict[str, Any] = {
        "attempts_so_far": random.integers(0, 5, CALLS).astype(float),
        "days_since_attempt": np.where(random.random(CALLS) < 0.5, np.nan, 30 * random.random(CALLS)),
        "last_outcome": random.choice(np.array(["", "no_answer", "busy", "answered"], dtype=object), CALLS),
        "local_hour": random.integers(9, 21, CALLS).astype(float),
        "weekday": random.integers(1, 7, CALLS).astype(float),
        "plan": random.choice(np.array(PLANS, dtype=object), CALLS),
        "tenure_months": random.integers(0, 240, CALLS).astype(float),
        "monthly_spend": np.where(random.random(CALLS) < 0.2, np.nan, random.integers(110, 999, CALLS)),
    }
    return said


def champion(campaign: Campaign, target: Target, model: bytes, now: datetime) -> ScoreModel:
    return ScoreModel(
        campaign=campaign.id,
        target=target,
        status=ModelStatus.CHAMPION,
        trained_at=now,
        trained_until=now,
        rows=CALLS,
        wins=CALLS // 4,
        reason="made for a benchmark",
        figures={},
        data=model,
    )
