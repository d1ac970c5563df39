"""The wallboard of the floor."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from monitoring.grafana.panels import CAMPAIGN, ON_OFF, Query, chart, figure
from monitoring.grafana.panels import dashboard as framed

_AGENTS = f"dialer_agents{{{CAMPAIGN}}}"
_LINES = f"dialer_lines{{{CAMPAIGN}}}"


def dashboard() -> Dashboard:
    return framed(
        "floor",
        "Is everybody busy, and does anybody wait?",
        "Agents, lines and callers at this moment, for a screen that all can see.",
        [
            figure(
                "Agents on a call, of those logged in",
                "Outbound and inbound calls together.",
                Query(f'sum(dialer_agents{{{CAMPAIGN},state=~"talking|inbound"}}) / (sum({_AGENTS}) > 0)', "on a call"),
                unit="percentunit",
            ),
            figure(
                "Agents who are ready",
                "They wait for a call. Many of them over minutes: look at pacing.",
                Query(f'sum(dialer_agents{{{CAMPAIGN},state="ready"}})', "ready"),
            ),
            figure(
                "Callees who wait for an agent",
                "People who answered and have nobody yet; the law allows two seconds.",
                Query(f'sum(dialer_lines{{{CAMPAIGN},state="waiting"}})', "waiting"),
                steps=[(None, "green"), (1, "yellow"), (3, "red")],
            ),
            figure(
                "Inbound callers who wait",
                "In the queues of all service groups.",
                Query("sum(dialer_inbound_waiting_callers)", "waiting"),
                steps=[(None, "green"), (3, "yellow"), (10, "red")],
            ),
            figure(
                "Live answers in the last hour",
                "Attempts that a person answered.",
                Query(f"sum(increase(dialer_live_answers_total{{{CAMPAIGN}}}[1h]))", "answered"),
            ),
            figure(
                "Marketing by service group",
                "Off: no new marketing call is made for the group's campaigns.",
                Query("dialer_switch_open", "{{group}}"),
                words=ON_OFF,
            ),
            chart(
                "Agents by state",
                "Everybody who is logged in.",
                Query(f"sum by (state) ({_AGENTS})", "{{state}}"),
                stacked=True,
            ),
            chart(
                "Lines by state",
                "Attempts that have not ended. Open: written down and about to ring.",
                Query(f"sum by (state) ({_LINES})", "{{state}}"),
                stacked=True,
            ),
            chart(
                "Attempts, live answers and abandoned calls a minute",
                "What was dialed and what came of it.",
                Query(f"60 * sum(rate(dialer_attempts_total{{{CAMPAIGN}}}[$__rate_interval]))", "attempts"),
                Query(f"60 * sum(rate(dialer_live_answers_total{{{CAMPAIGN}}}[$__rate_interval]))", "live answers"),
                Query(
                    f'60 * sum(rate(dialer_outcomes_total{{{CAMPAIGN},outcome="abandoned"}}[$__rate_interval]))',
                    "abandoned",
                ),
                unit="cpm",
            ),
            chart(
                "Occupancy by campaign",
                "Share of working time spent on calls and wrapping up, since the engine started.",
                Query(f"dialer_occupancy_ratio{{{CAMPAIGN}}}", "{{campaign}}"),
                unit="percentunit",
                most=1,
            ),
        ],
        variables=["campaign"],
    )
