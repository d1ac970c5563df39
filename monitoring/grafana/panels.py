"""What every dashboard is built of: charts, figures, bars and timelines over Prometheus, and the frame around them.

A panel's title says what it shows, its description how to read it; all of them name their unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import bargauge, common, stat, statetimeline, timeseries
from grafana_foundation_sdk.builders import dashboard as frame
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models

SOURCE = models.DataSourceRef(type_val="prometheus", uid="paceline")
"""As deploy/grafana/provisioning names it."""
CAMPAIGN, GROUP, SERVER = 'campaign=~"$campaign"', 'group=~"$group"', 'server=~"$server"'
"""Selectors by a dashboard's variables."""
_VARIABLES = {
    "campaign": "label_values(dialer_campaign_info, campaign)",
    "group": "label_values(dialer_switch_open, group)",
    "server": "label_values(dialer_server_trusted, server)",
}
_WIDTH = 24
"""Of a dashboard, in Grafana's columns."""
Panel = timeseries.Panel | stat.Panel | bargauge.Panel | statetimeline.Panel
Steps = Sequence[tuple[float | None, str]]
"""Colours, each from a value on; the first from None."""
Words = dict[int, tuple[str, str]]
"""What a value is called, with its colour."""

ON_OFF: Words = {0: ("off", "red"), 1: ("on", "green")}
HOLDS: Words = {0: ("no", "transparent"), 1: ("yes", "red")}


@dataclass(frozen=True, slots=True)
class Query:
    expr: str
    legend: str = ""
    """With labels in double braces."""


def chart(
    title: str,
    description: str,
    *queries: Query,
    unit: str = "short",
    width: int = 12,
    stacked: bool = False,
    steps: Steps = (),
    most: float | None = None,
) -> Panel:
    """Lines over time; `steps` as lines to compare with, `most` the axis' end."""
    legend = common.VizLegendOptions().show_legend(True).placement(shapes.LegendPlacement.BOTTOM)
    legend.display_mode(shapes.LegendDisplayMode.LIST)
    panel = timeseries.Panel().legend(legend).span(width).height(8).line_width(1).fill_opacity(60 if stacked else 8)
    panel.tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI).sort(shapes.SortOrder.DESCENDING))
    if stacked:
        panel.stacking(common.StackingConfig().mode(shapes.StackingMode.NORMAL))
    if steps:
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(shapes.GraphThresholdsStyleMode.LINE))
    if most is not None:
        panel.max(most).min(0)
    return _dressed(panel, title, description, queries, unit=unit, steps=steps)


def figure(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str = "short",
    width: int = 4,
    steps: Steps = (),
    words: Words | None = None,
) -> Panel:
    """The latest value, large; one for each series."""
    panel = stat.Panel().span(width).height(5).reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    panel.color_mode(shapes.BigValueColorMode.BACKGROUND if steps or words else shapes.BigValueColorMode.NONE)
    panel.graph_mode(shapes.BigValueGraphMode.NONE if words else shapes.BigValueGraphMode.AREA)
    _named(panel, words)
    return _dressed(panel, title, description, [query], unit=unit, steps=steps)


def bars(
    title: str, description: str, query: Query, *, unit: str = "short", width: int = 12, steps: Steps = ()
) -> Panel:
    """A bar a series, by its value now."""
    panel = bargauge.Panel().span(width).height(8).orientation(shapes.VizOrientation.HORIZONTAL).min(0)
    panel.display_mode(shapes.BarGaugeDisplayMode.BASIC)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return _dressed(panel, title, description, [query], unit=unit, steps=steps, instant=True)


def timeline(title: str, description: str, query: Query, words: Words, *, width: int = _WIDTH) -> Panel:
    """A strip a series, coloured by its state."""
    panel = statetimeline.Panel().span(width).height(7).merge_values(True).row_height(0.8)
    panel.show_value(shapes.VisibilityMode.AUTO)
    _named(panel, words)
    return _dressed(panel, title, description, [query])


def _named(panel: stat.Panel | statetimeline.Panel, words: Words | None) -> None:
    if words:
        told = {str(value): models.ValueMappingResult(text, colour) for value, (text, colour) in words.items()}
        panel.mappings([models.ValueMap(told)])


def _dressed(
    panel: Panel,
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    unit: str = "short",
    steps: Steps = (),
    instant: bool = False,
) -> Panel:
    panel.title(title).description(description).unit(unit).datasource(SOURCE)
    colours = [models.Threshold(value, colour) for value, colour in steps or [(None, "green")]]
    panel.thresholds(frame.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(colours))
    for place, query in enumerate(queries):
        target = Dataquery().expr(query.expr).legend_format(query.legend or "__auto")
        target = target.instant() if instant else target.range()
        panel.with_target(target.ref_id(chr(ord("A") + place)).datasource(SOURCE))
    return panel


class SwitchChange(Builder[models.AnnotationQuery]):
    """A mark where marketing went on, or off: the moment is the series' value, so that none falls between two looks."""

    def __init__(self, words: str, *, opened: bool) -> None:
        self._words, self._opened = words, opened

    def build(self) -> models.AnnotationQuery:
        since = f"dialer_switch_since_timestamp_seconds{{{GROUP}}}"
        expr = f"1000 * {since} and on (group) dialer_switch_open == {int(self._opened)}"
        return _ByValue(self._words, SOURCE, icon_color="green" if self._opened else "red", expr=expr)


class _ByValue(models.AnnotationQuery):
    """With Grafana's own fields for Prometheus that the SDK does not have."""

    def to_json(self) -> dict[str, object]:
        told = {"useValueForTime": "on", "titleFormat": f"{self.name}: {{{{group}}}}", "step": "15s"}
        return super().to_json() | told


def dashboard(
    uid: str, question: str, description: str, panels: Sequence[Panel], *, variables: Sequence[str] = ()
) -> frame.Dashboard:
    """The frame of one: its question as title, its variables, refreshed every ten seconds."""
    board = frame.Dashboard(question).uid(f"paceline-{uid}").description(description).tags(["paceline"])
    board.readonly().refresh("10s").time("now-3h", "now").timezone("browser")
    board.tooltip(models.DashboardCursorSync.CROSSHAIR)
    links = frame.DashboardLink("Paceline").type(models.DashboardLinkType.DASHBOARDS).tags(["paceline"])
    board.link(links.icon("dashboard").as_dropdown(True).keep_time(True).include_vars(True))
    for name in variables:
        board.with_variable(_variable(name))
    for number, panel in enumerate(panels, 1):
        board.with_panel(panel.id(number))
    return board


def _variable(name: str) -> frame.QueryVariable:
    variable = frame.QueryVariable(name).label(name).query(_VARIABLES[name]).datasource(SOURCE)
    variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.ALPHABETICAL_ASC)
    every = models.VariableOption(text="All", value="$__all", selected=True)
    return variable.multi(True).include_all(True).all_value(".*").current(every)
