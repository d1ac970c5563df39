"""The law: abandoned calls beside their budget, and what the gate says."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from monitoring.grafana.panels import CAMPAIGN, Panel, Query, bars, chart, figure
from monitoring.grafana.panels import dashboard as framed

_TO_AGENT = "increase(dialer_answer_to_agent_seconds"
_IN_TIME = 'le=~"2|2.0"'
"""The class of two seconds: Prometheus 2 keeps the words that are told, 3 writes 2.0."""


def with_an_agent_in_time() -> Panel:
    """The law's two seconds, on the quality board, too."""
    return figure(
        "Answered callees with an agent within 2 s",
        "Of those who got one, in the last hour.",
        Query(
            f"sum({_TO_AGENT}_bucket{{{CAMPAIGN},{_IN_TIME}}}[1h])) / (sum({_TO_AGENT}_count{{{CAMPAIGN}}}[1h])) > 0)",
            "within 2 s",
        ),
        unit="percentunit",
        steps=[(None, "red"), (0.97, "yellow"), (0.99, "green")],
        width=6,
    )


def dashboard() -> Dashboard:
    return framed(
        "compliance",
        "How much may still be abandoned, and what does the law stop?",
        "Abandoned calls of each legal window beside their cap, and verdicts by the rule that said no.",
        [
            figure(
                "Least left of any budget",
                "Calls that may still be abandoned. Below 0: too many were.",
                Query(f"min(dialer_abandoned_budget_calls{{{CAMPAIGN}}})", "calls"),
                steps=[(None, "red"), (0, "yellow"), (5, "green")],
                width=6,
            ),
            figure(
                "Most abandoned, of its cap",
                "The window nearest to its cap; at 100% its budget is spent.",
                Query(
                    f"max(dialer_abandoned_ratio{{{CAMPAIGN}}} / dialer_abandoned_cap_ratio{{{CAMPAIGN}}})",
                    "of the cap",
                ),
                unit="percentunit",
                steps=[(None, "green"), (0.8, "yellow"), (1, "red")],
                width=6,
            ),
            with_an_agent_in_time(),
            figure(
                "Verdicts that allowed a call",
                "Of all that were logged in the last hour.",
                Query(
                    f'sum(increase(dialer_verdicts_total{{{CAMPAIGN},rule="allowed"}}[1h]))'
                    f" / (sum(increase(dialer_verdicts_total{{{CAMPAIGN}}}[1h])) > 0)",
                    "allowed",
                ),
                unit="percentunit",
                width=6,
            ),
            chart(
                "Abandoned of live answers, beside the cap",
                "By legal window. Early in a window a single call is much of it.",
                Query(f"dialer_abandoned_ratio{{{CAMPAIGN}}}", "{{campaign}}, {{window}}"),
                Query(f"max by (rule) (dialer_abandoned_cap_ratio{{{CAMPAIGN}}})", "cap by {{rule}}"),
                unit="percentunit",
            ),
            chart(
                "Calls that may still be abandoned",
                "By the live answers so far: it grows with each of them, and falls with each abandoned call.",
                Query(f"dialer_abandoned_budget_calls{{{CAMPAIGN}}}", "{{campaign}}, {{window}}"),
                steps=[(None, "red"), (0, "green")],
            ),
            chart(
                "Abandoned calls, of live answers of the last half hour",
                "How fast the budget burns: above the cap it shrinks.",
                Query(
                    f'sum by (campaign) (increase(dialer_outcomes_total{{{CAMPAIGN},outcome="abandoned"}}[30m]))'
                    f" / (sum by (campaign) (increase(dialer_live_answers_total{{{CAMPAIGN}}}[30m])) > 0)",
                    "{{campaign}}",
                ),
                unit="percentunit",
            ),
            bars(
                "Verdicts of the last hour by the rule that first said no",
                "allowed: none did.",
                Query(f"topk(15, sum by (rule) (increase(dialer_verdicts_total{{{CAMPAIGN}}}[1h])))", "{{rule}}"),
            ),
        ],
        variables=["campaign"],
    )
