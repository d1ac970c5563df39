"""What callees meet, from telephony's facts; what reviewers hear in recordings is not in it."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from monitoring.grafana.compliance import with_an_agent_in_time
from monitoring.grafana.panels import CAMPAIGN, Query, bars, chart, figure
from monitoring.grafana.panels import dashboard as framed

_ENDED = f"dialer_outcomes_total{{{CAMPAIGN}"
_TOOK = f"dialer_answer_to_agent_seconds_bucket{{{CAMPAIGN}}}"


def _share(outcomes: str, of: str, by: str = "") -> str:
    """Attempts with such outcomes, of those with others, of the last hour."""
    return (
        f'sum{by}(increase({_ENDED},outcome=~"{outcomes}"}}[1h]))'
        f' / (sum{by}(increase({_ENDED},outcome=~"{of}"}}[1h])) > 0)'
    )


def _quantile(share: float) -> str:
    return f"histogram_quantile({share}, sum by (le) (rate({_TOOK}[$__rate_interval])))"


_LIVE = "answered|abandoned|hung_up"
_PICKED_UP = f"{_LIVE}|machine"


def dashboard() -> Dashboard:
    return framed(
        "quality",
        "Who answers our calls, and how soon do they hear an agent?",
        "By what telephony knows; and what stands open of the calls that reviewers listen to.",
        [
            figure(
                "Live answers that got an agent",
                "Of the last hour; the others hung up first, or were abandoned.",
                Query(_share("answered", _LIVE), "got an agent"),
                unit="percentunit",
                steps=[(None, "red"), (0.9, "yellow"), (0.97, "green")],
                width=6,
            ),
            with_an_agent_in_time(),
            figure(
                "Machines, of all who picked up",
                "By answering machine detection, in the last hour. 0 where it is off.",
                Query(_share("machine", _PICKED_UP), "machines"),
                unit="percentunit",
                width=6,
            ),
            figure(
                "Hung up before an agent came",
                "Of live answers of the last hour: silence after the answer makes people hang up.",
                Query(_share("hung_up", _LIVE), "hung up"),
                unit="percentunit",
                steps=[(None, "green"), (0.02, "yellow"), (0.05, "red")],
                width=6,
            ),
            chart(
                "From a person's answer to an agent's voice",
                "Half, nineteen in twenty and all but a hundredth of callees wait less.",
                Query(_quantile(0.5), "p50"),
                Query(_quantile(0.95), "p95"),
                Query(_quantile(0.99), "p99"),
                unit="s",
            ),
            bars(
                "How attempts of the last hour ended",
                "By outcome, as telephony saw it.",
                Query(f"sum by (outcome) (increase({_ENDED}}}[1h]))", "{{outcome}}"),
            ),
            chart(
                "Live answers, of attempts",
                "By campaign, over an hour. A fall says something of numbers shown, hours or list.",
                Query(_share(_LIVE, ".+", " by (campaign) "), "{{campaign}}"),
                unit="percentunit",
            ),
            chart(
                "Abandoned and hung up, of live answers",
                "Over all campaigns chosen, by the last hour.",
                Query(_share("abandoned", _LIVE), "abandoned"),
                Query(_share("hung_up", _LIVE), "hung up"),
                unit="percentunit",
            ),
            chart(
                "What agents do",
                "Shares of those logged in. Much wrap-up makes pacing wait.",
                Query(
                    f"sum by (state) (dialer_agents{{{CAMPAIGN}}}) / scalar(sum(dialer_agents{{{CAMPAIGN}}}) > 0)",
                    "{{state}}",
                ),
                unit="percentunit",
                stacked=True,
            ),
            chart(
                "Occupancy by campaign",
                "Share of working time spent on calls and wrapping up, since the engine started.",
                Query(f"dialer_occupancy_ratio{{{CAMPAIGN}}}", "{{campaign}}"),
                unit="percentunit",
                most=1,
            ),
            figure(
                "Scores that reviewers owe",
                "Of the calls drawn for quality sampling; all campaigns.",
                Query("max(dialer_quality_waiting_scores)", "to score"),
                width=8,
            ),
            figure(
                "Sampled calls to be looked at again",
                "Disputed by their agents, or scored too unlike by two reviewers.",
                Query("max(dialer_quality_disputed_calls)", "to settle"),
                steps=[(None, "green"), (1, "yellow")],
                width=8,
            ),
            figure(
                "Notices that hold",
                "Agents without a place in the ranking today.",
                Query("max(dialer_quality_notices)", "notices"),
                width=8,
            ),
        ],
        variables=["campaign"],
    )
