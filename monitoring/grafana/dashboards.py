"""All dashboards, as Grafana's files."""

from collections.abc import Mapping

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from monitoring.grafana import carriers, compliance, floor, health, inbound_switch, pacing, quality

_EVERY = {
    "floor": floor,
    "pacing": pacing,
    "compliance": compliance,
    "inbound-switch": inbound_switch,
    "carriers": carriers,
    "health": health,
    "quality": quality,
}


def written() -> Mapping[str, str]:
    """File names with their content."""
    encoder = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False)
    return {f"{name}.json": encoder.encode(one.dashboard().build()) + "\n" for name, one in _EVERY.items()}
