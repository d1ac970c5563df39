"""Servers, carriers and the numbers that callees see."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from monitoring.grafana.panels import SERVER, Query, bars, chart, figure
from monitoring.grafana.panels import dashboard as framed

_REFUSED = 'outcome=~"congestion|failed|not_placed|lost"'
_ANSWERED = 'outcome=~"answered|abandoned|hung_up|machine|prompt_heard|prompt_cut"'
_TRUSTED = {0: ("not dialed on", "red"), 1: ("trusted", "green")}


def dashboard() -> Dashboard:
    ended = f"dialer_server_outcomes_total{{{SERVER}"
    return framed(
        "carriers",
        "Do our calls get through, and are our numbers answered?",
        "Servers and their lines, what carriers make of calls, and how the pool of caller ids fares.",
        [
            figure(
                "Servers",
                "A server is dialed on while its state is known.",
                Query(f"dialer_server_trusted{{{SERVER}}}", "{{server}}"),
                words=_TRUSTED,
                width=6,
            ),
            figure(
                "Calls that carriers or we could not place",
                "Congestion, failed, not placed and lost, of all that ended in the last hour.",
                Query(f"sum(increase({ended},{_REFUSED}}}[1h])) / (sum(increase({ended}}}[1h])) > 0)", "of calls"),
                unit="percentunit",
                steps=[(None, "green"), (0.05, "yellow"), (0.15, "red")],
                width=6,
            ),
            figure(
                "Numbers of the pool that are ill",
                "Answered so much more rarely than the others for their place that it can't be chance.",
                Query('sum(dialer_caller_ids{state="ill"})', "ill"),
                steps=[(None, "green"), (1, "red")],
                width=6,
            ),
            figure(
                "Answered by people or machines",
                "Of all that ended in the last hour.",
                Query(f"sum(increase({ended},{_ANSWERED}}}[1h])) / (sum(increase({ended}}}[1h])) > 0)", "answered"),
                unit="percentunit",
                width=6,
            ),
            chart(
                "Channels held, beside the most that we may hold",
                "By server. At the limit dialing waits for lines.",
                Query(f"dialer_server_lines{{{SERVER}}}", "held, {{server}}"),
                Query(f"dialer_server_line_limit{{{SERVER}}}", "limit, {{server}}"),
            ),
            chart(
                "How attempts end, a minute",
                "By outcome, over the servers chosen.",
                Query(f"60 * sum by (outcome) (rate({ended}}}[$__rate_interval]))", "{{outcome}}"),
                unit="cpm",
                stacked=True,
            ),
            chart(
                "Calls that could not be placed, by server",
                "Of those that ended in the last half hour. One server alone: its trunk; all: the carrier or we.",
                Query(
                    f"sum by (server) (increase({ended},{_REFUSED}}}[30m]))"
                    f" / (sum by (server) (increase({ended}}}[30m])) > 0)",
                    "{{server}}",
                ),
                unit="percentunit",
            ),
            chart(
                "Numbers that do not exist",
                "Of attempts that ended in the last half hour. A rise says that a list is old.",
                Query(
                    f'sum by (server) (increase({ended},outcome="invalid_number"}}[30m]))'
                    f" / (sum by (server) (increase({ended}}}[30m])) > 0)",
                    "{{server}}",
                ),
                unit="percentunit",
            ),
            bars(
                "Caller ids by place and state",
                "The pool; nobody's number is told. all: shown to callees of every place.",
                Query("dialer_caller_ids", "{{place}}, {{state}}"),
            ),
            chart(
                "How often caller ids are answered",
                "Of the attempts of 24 h that rang, by place and state.",
                Query("dialer_caller_id_day_answers / (dialer_caller_id_day_attempts > 0)", "{{place}}, {{state}}"),
                unit="percentunit",
            ),
        ],
        variables=["server"],
    )
