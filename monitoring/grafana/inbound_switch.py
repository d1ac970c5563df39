"""Inbound service and the marketing switch, whose changes are marks on every chart."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from monitoring.grafana.panels import GROUP, HOLDS, ON_OFF, Query, SwitchChange, chart, figure, timeline
from monitoring.grafana.panels import dashboard as framed


def dashboard() -> Dashboard:
    board = framed(
        "inbound-switch",
        "Are inbound callers served, and why is marketing on or off?",
        "Each service group's perceived connect rate beside its target, and what keeps marketing off.",
        [
            timeline(
                "Marketing on or off",
                "Off: no new marketing call is made for the group's campaigns.",
                Query(f"dialer_switch_open{{{GROUP}}}", "{{group}}"),
                ON_OFF,
            ),
            timeline(
                "What keeps marketing off",
                "Every cause that holds; marketing comes back when none does.",
                Query(f"max by (group, cause) (dialer_switch_holding{{{GROUP}}})", "{{group}}: {{cause}}"),
                HOLDS,
            ),
            chart(
                "Perceived connect rate of the day, its forecast and its target",
                "Marketing goes off when the rate or its forecast is below target.",
                Query(f"dialer_inbound_rate{{{GROUP}}}", "rate, {{group}}"),
                Query(f"dialer_inbound_forecast_ratio{{{GROUP}}}", "forecast, {{group}}"),
                Query(f"dialer_inbound_target_ratio{{{GROUP}}}", "target, {{group}}"),
                unit="percentunit",
                most=1,
            ),
            chart(
                "Callers who wait",
                "In the queues at each moment.",
                Query(f"dialer_inbound_waiting_callers{{{GROUP}}}", "{{group}}"),
            ),
            chart(
                "Longest wait of those who wait",
                "0 while nobody does.",
                Query(f"dialer_inbound_longest_wait_seconds{{{GROUP}}}", "{{group}}"),
                unit="s",
            ),
            chart(
                "Agents of the queues by state",
                "The groups' own and those whom campaigns share.",
                Query(f"sum by (state) (dialer_inbound_agents{{{GROUP}}})", "{{state}}"),
                stacked=True,
            ),
            chart(
                "Inbound calls of the service day",
                "So far; within: answered within the threshold. They begin anew with the day.",
                Query(f"sum by (count) (dialer_inbound_day_calls{{{GROUP}}})", "{{count}}"),
            ),
            chart(
                "Agents whom marketing leaves to inbound",
                "Kept agents: they are not dialed for.",
                Query(f"dialer_inbound_kept_agents{{{GROUP}}}", "{{group}}"),
            ),
            figure(
                "Callers who tried and got through, of the service day",
                "A caller's calls within the repeat time are one try.",
                Query(f"sum by (count) (dialer_inbound_day_callers{{{GROUP}}})", "{{count}}"),
                width=12,
            ),
            figure(
                "Marketing stands so since",
                "The latest change of each group's switch.",
                Query(f"1000 * dialer_switch_since_timestamp_seconds{{{GROUP}}}", "{{group}}"),
                unit="dateTimeAsIso",
                width=12,
            ),
        ],
        variables=["group"],
    )
    board.annotation(SwitchChange("marketing went on", opened=True))
    return board.annotation(SwitchChange("marketing went off", opened=False))
