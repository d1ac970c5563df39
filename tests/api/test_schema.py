"""The served OpenAPI document and what the API does are the same: schemathesis asks for everything in it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from pydantic import TypeAdapter, ValidationError
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from integrations.http_api.fields import AgentNumber, CampaignName
from integrations.http_api.openapi import document
from integrations.http_api.routes import ROUTES
from tests.api.rig import TOKENS, api_rig

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    unsupported_method,
    ignored_auth,
]


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The API in a thread of its own, since schemathesis asks without asyncio."""
    ready: Future[str] = Future()
    done = Event()

    async def serve(folder: Path) -> None:
        async with api_rig(folder) as rig:
            await rig.floor.make_campaign()
            for behaviour in ("00", "01", "06"):
                rig.floor.lead(behaviour)
            await rig.agent_ready()
            ready.set_result(rig.base)
            await asyncio.to_thread(done.wait)

    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        running = thread.submit(asyncio.run, serve(Path(folder)))
        try:
            yield ready.result(timeout=20)
        finally:
            done.set()
            running.result(timeout=60)


schema = schemathesis.openapi.from_dict(document(ROUTES)).exclude(path="/v1/events")


THERE = {"campaign": (TypeAdapter(CampaignName), "autumn"), "agent": (TypeAdapter(AgentNumber), "1001")}


def one_that_is_there(name: str, value: Any) -> Any:
    """The name of something that is there, for a name that could be; a bad one stays bad."""
    kind, there = THERE.get(name, (None, value))
    try:
        return there if kind is not None and kind.validate_python(value) else value
    except ValidationError:
        return value


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Half of what is asked for is there."""
    if not path_parameters or len(str(path_parameters)) % 2:
        return path_parameters
    return {name: one_that_is_there(name, value) for name, value in path_parameters.items()}


@schema.parametrize()
@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_is_answered_as_documented(case: Any, served: str) -> None:
    case.call_and_validate(base_url=served, checks=CHECKS, headers={"Authorization": f"Bearer {TOKENS['admin']}"})
