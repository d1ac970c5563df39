"""Attempts as OpenTelemetry traces, by OTLP over HTTP. Imported only where tracing is set: it needs the extra.

A trace's id is the attempt's, without its dashes. It is told once the outcome is stored, with the times that were noted
on the way, so the dialing path is asked for nothing but these times. What the collector can't take is dropped.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from dialer.domain.attempt_trace import AttemptTrace, steps_of

_SECONDS = 5.0
"""How long the last traces may take to be sent."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANDOM = 2**62
"""A version 7 UUID ends in 62 random bits (RFC 9562, 5.7)."""


class _Ids(RandomIdGenerator):
    trace = 0

    def generate_trace_id(self) -> int:
        return self.trace


class OtlpTracer:
    """Implements dialer.ports.tracing.AttemptTracer."""

    def __init__(self, endpoint: str, share: float, engine: str) -> None:
        """`share`: of attempts that are traced, above 0, at most 1; every engine traces the same ones."""
        self._ids, self._share = _Ids(), share
        resource = Resource.create({"service.name": "paceline", "service.instance.id": engine})
        self._provider = TracerProvider(resource=resource, id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=_SECONDS)))
        self._tracer = self._provider.get_tracer("paceline")

    def tell(self, trace: AttemptTrace) -> None:
        ended = trace.ended
        attempt = UUID(ended.attempt).int
        if attempt % _RANDOM >= self._share * _RANDOM:
            return
        self._ids.trace = attempt
        attributes = {
            "dialer.attempt": ended.attempt,
            "dialer.campaign": trace.campaign,
            "dialer.server": ended.server,
            "dialer.outcome": ended.outcome.value,
            "dialer.cause": ended.end.cause,
        }
        whole = self._tracer.start_span("attempt", Context(), start_time=_ns(trace.begins), attributes=attributes)
        within = api.set_span_in_context(whole, Context())
        for step in steps_of(trace):
            self._tracer.start_span(step.name, within, start_time=_ns(step.begins)).end(_ns(step.ends))
        whole.end(_ns(max(trace.stored_at, trace.begins)))

    def close(self) -> None:
        """Send what is left; waits for the collector some seconds at most."""
        self._provider.force_flush(int(_SECONDS * 1000))
        self._provider.shutdown()


def _ns(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
