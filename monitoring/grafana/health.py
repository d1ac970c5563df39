"""The engine itself and what it stands on."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from monitoring.grafana.panels import Query, chart, figure
from monitoring.grafana.panels import dashboard as framed

_JOB = '{job="paceline"}'


def _quantile(share: float, name: str, by: str = "le") -> str:
    return f"histogram_quantile({share}, sum by ({by}) (rate({name}_bucket[$__rate_interval])))"


def dashboard() -> Dashboard:
    return framed(
        "health",
        "Is the engine healthy?",
        "The process, its event loop, the contact database and the links to Asterisk.",
        [
            figure(
                "Service",
                "Whether Prometheus reaches it.",
                Query(f"up{_JOB}", "{{instance}}"),
                words={0: ("down", "red"), 1: ("up", "green")},
            ),
            figure(
                "Servers that are not trusted",
                "Nothing is dialed on them.",
                Query("count(dialer_server_trusted == 0) or vector(0)", "not trusted"),
                steps=[(None, "green"), (1, "red")],
            ),
            figure(
                "Outcomes not stored",
                "Kept on disk until the database takes them.",
                Query("max(dialer_spool_outcomes)", "outcomes"),
                steps=[(None, "green"), (50, "yellow"), (500, "red")],
            ),
            figure(
                "Draining",
                "On: no new calls are placed, the service goes down.",
                Query("max(dialer_draining)", "draining"),
                words={0: ("no", "green"), 1: ("yes", "yellow")},
            ),
            figure(
                "Event loop late by (p99)",
                "What keeps it busy keeps events of calls waiting.",
                Query(_quantile(0.99, "dialer_loop_lag_seconds"), "late"),
                unit="s",
                steps=[(None, "green"), (0.1, "yellow"), (0.25, "red")],
            ),
            figure(
                "A scrape takes",
                "As Prometheus measures it.",
                Query(f"scrape_duration_seconds{_JOB}", "{{instance}}"),
                unit="s",
                steps=[(None, "green"), (0.1, "yellow"), (1, "red")],
            ),
            chart(
                "Event loop: how late",
                "Half of the looks, and all but a hundredth, are below.",
                Query(_quantile(0.5, "dialer_loop_lag_seconds"), "p50"),
                Query(_quantile(0.99, "dialer_loop_lag_seconds"), "p99"),
                unit="s",
            ),
            chart(
                "Contact database: how long it takes",
                "Of everything that is asked of it.",
                Query(_quantile(0.5, "dialer_database_seconds"), "p50"),
                Query(_quantile(0.99, "dialer_database_seconds"), "p99"),
                unit="s",
            ),
            chart(
                "AMI: how long answers take (p99)",
                "By server.",
                Query(_quantile(0.99, "dialer_ami_answer_seconds", "le, server"), "{{server}}"),
                unit="s",
            ),
            chart(
                "Asked of database and AMI a second",
                "Statements and actions.",
                Query("rate(dialer_database_seconds_count[$__rate_interval])", "database"),
                Query("rate(dialer_ami_answer_seconds_count[$__rate_interval])", "AMI, {{server}}"),
                unit="ops",
            ),
            chart(
                "Processor",
                "Share of one core. The engine is one process: at 1 it is full.",
                Query(f"rate(process_cpu_seconds_total{_JOB}[$__rate_interval])", "{{instance}}"),
                unit="percentunit",
            ),
            chart(
                "Memory",
                "Resident.",
                Query(f"process_resident_memory_bytes{_JOB}", "{{instance}}"),
                unit="bytes",
            ),
            chart(
                "Open files and sockets",
                "Beside the most that the process may have.",
                Query(f"process_open_fds{_JOB}", "open"),
                Query(f"process_max_fds{_JOB}", "most"),
            ),
            chart(
                "Collections of garbage a second",
                "By generation; the oldest one stops everything the longest.",
                Query(f"rate(python_gc_collections_total{_JOB}[$__rate_interval])", "{{generation}}"),
                unit="ops",
            ),
        ],
    )
