"""Fixtures that every folder of tests may use."""

import asyncio
import warnings

import pytest
from hypothesis import HealthCheck, settings

# a slow machine is no fault of the code
settings.register_profile("paceline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("paceline")

pytest_plugins = ["tests.database_servers", "tests.asterisk.fixtures"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Virtual time without sockets needs no 42 idle turns of the loop before each step: nothing comes from outside."""
    for item in items:
        if item.get_closest_marker("looptime") and item.path.parent.name in WITHOUT_SOCKETS:
            item.add_marker(pytest.mark.looptime(noop_cycles=0))


WITHOUT_SOCKETS = {"flow"}


@pytest.fixture(scope="session", autouse=True)
def no_loop_but_the_tests_own() -> None:
    """A test without asyncio makes looptime ask for a loop, which is made, set, and never closed: none is set."""
    with warnings.catch_warnings(action="ignore"):
        try:
            asyncio.get_event_loop_policy().get_event_loop().close()
        except RuntimeError:
            return
        asyncio.set_event_loop(None)
