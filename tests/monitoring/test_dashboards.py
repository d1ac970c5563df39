"""The dashboards are what the code makes, tell what they show, and have data; so have the alerts."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring import names
from monitoring.grafana.dashboards import written
from tests.monitoring.demo_watched import DEPLOY, Series, answers

pytestmark = pytest.mark.xdist_group("prometheus")
GRAFANA = Path(__file__).parents[2] / "deploy" / "grafana"
BOARDS: Mapping[str, dict[str, Any]] = {
    name.removesuffix(".json"): json.loads(text) for name, text in written().items()
}
ALERTS = {
    rule["alert"]: rule["expr"]
    for rule in yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
}
MAY_BE_EMPTY = {
    'dialer_inbound_forecast_ratio{group=~".*"}': "beside rate and target: nothing is forecast for the demo's group"
}
"""Queries that have no data in a demo, with the reason."""
OTHERS = {"up", "scrape_duration_seconds"}
"""What Prometheus tells itself."""


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, panel) for name, board in BOARDS.items() for panel in board["panels"])


def filled(expr: str) -> str:
    """With Grafana's variables as they are when everything is chosen."""
    return re.sub(r"\$(campaign|group|server)", ".*", expr.replace("$__rate_interval", "15s"))


def metrics_in(expr: str) -> set[str]:
    """Names of metrics in a query."""
    return set(re.findall(r"\b(?:dialer|process|python)_\w+|\bup\b|\bscrape_\w+", expr))


def queries() -> Iterator[tuple[str, str, str]]:
    """Board, panel and query of everything that is drawn."""
    for name, panel in panels():
        yield from ((name, panel["title"], filled(one["expr"])) for one in panel["targets"])


def marks() -> list[dict[str, Any]]:
    """What marks the changes of the switch on its board."""
    found: list[dict[str, Any]] = BOARDS["inbound-switch"]["annotations"]["list"]
    return found


def values(series: Series) -> set[str]:
    return {value for one in series for _, value in one["values"]}


def known(metric: str) -> str:
    return f'count({{__name__="{metric}"}})'


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Series]:
    asked = {query for _, _, query in queries()} | set(ALERTS.values()) | {filled(one["expr"]) for one in marks()}
    asked |= {known(metric) for expr in ALERTS.values() for metric in metrics_in(expr)}
    return asyncio.run(answers(tmp_path_factory.mktemp("prometheus"), sorted(asked)))


def test_every_panel_has_data_in_a_demo(told: Mapping[str, Series]) -> None:
    assert [one for one in queries() if not told[one[2]] and one[2] not in MAY_BE_EMPTY] == []
    assert len(MAY_BE_EMPTY) <= 3


def test_every_alert_asks_for_what_is_told(told: Mapping[str, Series]) -> None:
    missing = [(name, one) for name, expr in ALERTS.items() for one in metrics_in(expr) if not told[known(one)]]
    assert not missing
    assert not told[ALERTS["CallerIdIll"]], "no number of the demo is ill"


def test_each_change_of_the_demos_switch_is_one_mark_at_its_own_moment(told: Mapping[str, Series]) -> None:
    assert [one["name"] for one in marks()] == ["marketing went on", "marketing went off"]
    assert all(one["useValueForTime"] == "on" for one in marks())
    on, off = (values(told[filled(one["expr"])]) for one in marks())
    changes = values(told[filled('1000 * dialer_switch_since_timestamp_seconds{group=~"$group"}')])
    assert changes
    assert (on | off, on & off) == (changes, set())


def test_what_is_committed_is_what_the_code_makes() -> None:
    committed = {file.name: file.read_text("utf-8") for file in (GRAFANA / "dashboards").glob("*.json")}
    assert committed == written(), "run: make dashboards"


def test_every_dashboard_asks_a_question_and_every_panel_says_how_to_read_it() -> None:
    assert all(board["title"].endswith("?") and board["description"] for board in BOARDS.values())
    assert len({board["title"] for board in BOARDS.values()}) == len({board["uid"] for board in BOARDS.values()}) == 7
    for name, panel in panels():
        where = f"{name}: {panel['title']}"
        assert panel["title"], where
        assert panel["description"], where
        assert panel["fieldConfig"]["defaults"]["unit"], where
        assert panel["targets"], where
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]), where
    for name, board in BOARDS.items():
        titles = [panel["title"] for panel in board["panels"]]
        assert len(set(titles)) == len(titles), name


def test_panels_fill_their_rows_and_none_covers_another() -> None:
    for name, board in BOARDS.items():
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert not cells & taken, f"{name}: {panel['title']}"
            assert at["x"] + at["w"] <= 24, f"{name}: {panel['title']}"
            taken |= cells


def test_queries_and_alerts_name_metrics_that_there_are() -> None:
    ours = {one.name for one in names.EVERY if not isinstance(one, names.Counter)}
    ours |= {f"{one.name}_total" for one in names.EVERY if isinstance(one, names.Counter)}
    ours |= {
        f"{one.name}_{end}" for one in names.EVERY if isinstance(one, names.Histogram) for end in ("bucket", "count")
    }
    exprs = [*(query for _, _, query in queries()), *(one["expr"] for one in marks()), *ALERTS.values()]
    used = {metric for expr in exprs for metric in metrics_in(expr)}
    assert {metric for metric in used if metric.startswith("dialer_")} <= ours
    assert {m for m in used if not m.startswith(("dialer_", "process_", "python_"))} <= OTHERS


def test_a_variable_is_offered_where_a_query_uses_it() -> None:
    for name, board in BOARDS.items():
        offered = {one["name"] for one in board.get("templating", {}).get("list", [])}
        used = {
            variable
            for panel in board["panels"]
            for target in panel["targets"]
            for variable in re.findall(r"\$(campaign|group|server)", target["expr"])
        }
        assert used == offered, name


def test_the_data_source_and_the_folder_are_provisioned_as_the_dashboards_name_them() -> None:
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text("utf-8"))["datasources"][0]
    assert {panel["datasource"]["uid"] for _, panel in panels()} == {source["uid"]}
    assert source["type"] == "prometheus"
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/paceline.yml").read_text("utf-8"))["providers"][0]
    assert provider["type"] == "file"
    assert provider["options"]["path"] == "/var/lib/grafana/dashboards/paceline"
