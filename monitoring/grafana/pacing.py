"""Each campaign's pacing."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from monitoring.grafana.panels import CAMPAIGN, Query, bars, chart, figure
from monitoring.grafana.panels import dashboard as framed


def dashboard() -> Dashboard:
    return framed(
        "pacing",
        "Does each campaign dial as fast as it should?",
        "What pacing does and expects, beside what comes true.",
        [
            chart(
                "Ringing lines an agent who is ready",
                "The dial level. No line where no agent is ready.",
                Query(f"dialer_dial_level_ratio{{{CAMPAIGN}}}", "{{campaign}}"),
            ),
            chart(
                "Answers expected of the lines that ring, beside agents who are ready",
                "Predictive pacing keeps the first near what will be free when they come.",
                Query(f"dialer_expected_answers{{{CAMPAIGN}}}", "expected, {{campaign}}"),
                Query(f'dialer_agents{{{CAMPAIGN},state="ready"}}', "ready, {{campaign}}"),
            ),
            chart(
                "Answer rate that pacing has learned",
                "Of a lead like the campaign's average.",
                Query(f"dialer_answer_probability_ratio{{{CAMPAIGN}}}", "{{campaign}}"),
                unit="percentunit",
            ),
            chart(
                "Answers expected, of those that came",
                "1: pacing expects what comes true. Above it dials too little, below it too much.",
                Query(
                    f"sum by (campaign) (increase(dialer_learned_expected_answers_total{{{CAMPAIGN}}}[1h]))"
                    f" / (sum by (campaign) (increase(dialer_learned_answers_total{{{CAMPAIGN}}}[1h])) > 0)",
                    "{{campaign}}",
                ),
            ),
            chart(
                "Spreads kept between answers and agents (the knob)",
                "It rises when calls are abandoned, and falls when agents wait.",
                Query(f"dialer_knob_spreads{{{CAMPAIGN}}}", "{{campaign}}"),
            ),
            chart(
                "Attempts an hour by campaign",
                "By the last minutes.",
                Query(f"3600 * rate(dialer_attempts_total{{{CAMPAIGN}}}[$__rate_interval])", "{{campaign}}"),
            ),
            chart(
                "Leads in the hopper",
                "Leased and about to be dialed. At 0 a running campaign has nobody to call.",
                Query(f"dialer_hopper_leads{{{CAMPAIGN}}}", "{{campaign}}"),
            ),
            bars(
                "Why leads wait or are blocked",
                "When a hopper last ran dry, by reason; nothing before the first time.",
                Query(f"topk(12, sum by (reason) (dialer_blocked_leads{{{CAMPAIGN}}}))", "{{reason}}"),
            ),
            chart(
                "Occupancy by campaign",
                "Share of working time spent on calls and wrapping up, since the engine started.",
                Query(f"dialer_occupancy_ratio{{{CAMPAIGN}}}", "{{campaign}}"),
                unit="percentunit",
                most=1,
                width=16,
            ),
            figure(
                "Times that pacing failed in the last hour",
                "Each time the campaign went on at one line an idle agent. The log has the fault.",
                Query(f"sum(increase(dialer_pacing_faults_total{{{CAMPAIGN}}}[1h]))", "faults"),
                steps=[(None, "green"), (1, "red")],
                width=8,
            ),
        ],
        variables=["campaign"],
    )
