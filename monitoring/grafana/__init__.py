"""Grafana's dashboards, as code: each answers the question that is its title. `make dashboards` writes them.

Needs grafana-foundation-sdk, which only those have who develop: nothing of the service imports this.
"""
