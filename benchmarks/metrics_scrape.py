"""What the metrics cost: a scrape of a floor with many campaigns, and what is counted while calls go on.

    python -m benchmarks.metrics_scrape [--campaigns 100]

Prints JSON lines, by processor time. `share_of_a_core` is reckoned from what was measured: a scrape every 15 s; for
each of 200 calls a second the spans noted on its way (30: statements, AMI actions, the answer); four looks at the loop
a second.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.claim_latency import say
from dialer.clock import ScaledClock
from dialer.domain.campaign import CampaignPlan
from dialer.domain.ids import AgentId, ServerName
from dialer.domain.outcome import Outcome
from dialer.domain.spans import Spans
from dialer.engine.learning import Calibration
from monitoring.metrics import FloorMetrics
from tests.fakes.telephony import FakeTelephony
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK, FlakyBook, Rig
from tests.monitoring.library import written_by_the_library

_AGENTS, _RULES = 5, 12
"""Of each campaign."""
_CALLS, _SPANS, _SCRAPE_SECONDS = 200, 30, 15.0
_NOTES = 1_000_000
_ROUNDS = 50


async def filled(campaigns: int, folder: Path) -> Rig:
    """A floor on which each campaign has had every outcome, several rules' verdicts, and agents at work."""
    clock = ScaledClock(MONDAY_TEN_IN_NEW_YORK, asyncio.get_running_loop().time(), 20.0)
    rig = Rig(clock, FakeTelephony(clock), FlakyBook(), folder / "spool.jsonl")
    rig.new_engine()
    floor = rig.engine.floor
    for number in range(campaigns):
        campaign = await rig.desk.create_campaign(CampaignPlan(f"campaign-{number}", caller_id="+12025550100"))
        for outcome in Outcome:
            floor.outcomes[campaign.id, outcome] = floor.server_outcomes[ServerName("main"), outcome] = 1_000
        floor.answer_to_agent[campaign.id].note(0.2)
        rig.engine.learning.calibration[campaign.id] = Calibration(1_000, 310.5, 305)
        for rule in range(_RULES):
            rig.engine.proof.counted[campaign.id, f"US-RULE-{rule}@1"] = 17
        for agent in range(_AGENTS):
            floor.roster.log_in(AgentId(f"{number}{agent:03}"), campaign.id, ServerName("main"), clock.now())
    return rig


async def main(campaigns: int) -> None:
    with tempfile.TemporaryDirectory(prefix="paceline-bench-") as name:
        rig = await filled(campaigns, Path(name))
        spans = Spans()
        floor = FloorMetrics(rig.desk, lambda: {ServerName("main"): spans}, spans, spans)
        took, by_library, size = [], [], 0
        for _ in range(_ROUNDS):
            begun = time.process_time()
            size = len(floor.scraped())
            took.append(time.process_time() - begun)
            begun = time.process_time()
            written_by_the_library(floor.families)
            by_library.append(time.process_time() - begun)
    begun = time.process_time()
    for _ in range(_NOTES):
        spans.note(0.0031)
    noting = (time.process_time() - begun) / _NOTES
    of = {"campaigns": campaigns, "agents": campaigns * _AGENTS}
    say("scrape_median", 1_000 * median(took), "ms", wanted_below=30, bytes=size, **of)
    say("scrape_worst", 1_000 * max(took), "ms", rounds=_ROUNDS, **of)
    say("scrape_by_prometheus_client", 1_000 * median(by_library), "ms", rounds=_ROUNDS, **of)
    say("note_a_span", 1e9 * noting, "ns")
    share = median(took) / _SCRAPE_SECONDS + noting * (_CALLS * _SPANS + 4)
    say("share_of_a_core", 100 * share, "%", wanted_below=2, calls_per_second=_CALLS, **of)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--campaigns", type=int, default=100)
    asyncio.run(main(parser.parse_args().campaigns))
