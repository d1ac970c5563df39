"""Traces as a collector gets them: OTLP over HTTP, by the protocol's own messages."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dialer.bootstrap.start import attempt_tracer
from dialer.domain.ids import AttemptId
from dialer.settings import TracingSettings
from integrations.http_api.app import serving
from monitoring.tracing import OtlpTracer
from tests.flow.test_traces import ENDED, WHOLE


@dataclass
class Collector:
    address: str = ""
    asked: list[ExportTraceServiceRequest] = field(default_factory=list)
    status: int = 200

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.asked.append(ExportTraceServiceRequest.FromString(body))
        return web.Response(status=self.status, content_type="application/x-protobuf")

    @property
    def spans(self) -> list[tuple[str, str, int, int]]:
        """Trace, name, begin and end (ns)."""
        return [
            (span.trace_id.hex(), span.name, span.start_time_unix_nano, span.end_time_unix_nano)
            for one in self.asked
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@asynccontextmanager
async def a_collector() -> AsyncIterator[Collector]:
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    async with serving(app, "127.0.0.1", 0) as port:
        collector.address = f"http://127.0.0.1:{port}/v1/traces"
        yield collector


async def test_a_collector_gets_one_trace_an_attempt_found_by_its_id() -> None:
    async with a_collector() as collector:
        async with attempt_tracer(TracingSettings(endpoint=collector.address), "engine-1") as tracer:
            assert tracer is not None
            tracer.tell(WHOLE)
        traces = {trace for trace, *_ in collector.spans}
        assert traces == {UUID(ENDED.attempt).hex}
        names = [name for _, name, *_ in sorted(collector.spans, key=lambda one: (one[2], -one[3]))]
        assert names[:3] == ["attempt", "in the hopper", "written"]
        assert len(names) == 9
        [resource] = collector.asked[0].resource_spans
        told = {one.key: one.value.string_value for one in resource.resource.attributes}
        assert (told["service.name"], told["service.instance.id"]) == ("paceline", "engine-1")
        [whole] = [span for span in resource.scope_spans[0].spans if span.name == "attempt"]
        assert {one.parent_span_id for one in resource.scope_spans[0].spans} == {b"", whole.span_id}
        attributes = {one.key: one.value.string_value for one in whole.attributes}
        assert (attributes["dialer.campaign"], attributes["dialer.outcome"]) == ("autumn", "answered")
        assert whole.end_time_unix_nano - whole.start_time_unix_nano == 60_200_000_000


async def test_a_share_of_attempts_is_traced_whoever_traces_them() -> None:
    random = [UUID(int=(0x01890A5DAC96774B << 64) | (0b10 << 62) | bits) for bits in (0, 2**60, 2**61, 2**62 - 1)]
    async with a_collector() as collector:
        for engine in ("engine-1", "engine-2"):
            tracer = OtlpTracer(collector.address, 0.5, engine)
            for attempt in random:
                tracer.tell(replace(WHOLE, ended=replace(ENDED, attempt=AttemptId(str(attempt)))))
            await asyncio.to_thread(tracer.close)
        assert {trace for trace, *_ in collector.spans} == {one.hex for one in random[:2]}
        assert len(collector.spans) == 36


async def test_a_collector_that_is_away_costs_traces_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    async with attempt_tracer(TracingSettings(endpoint="http://127.0.0.1:9/v1/traces"), "engine-1") as tracer:
        assert tracer is not None
        for _ in range(3):
            tracer.tell(WHOLE)
    assert "+1202" not in caplog.text


async def test_without_an_endpoint_nothing_is_traced() -> None:
    async with attempt_tracer(TracingSettings(), "engine-1") as tracer:
        assert tracer is None
