"""Logs with correlation, Prometheus metrics, and, where switched on, traces that follow events."""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import generate_latest
from uuid_utils import uuid4

from shared.version import VERSION

REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "zeven_request_seconds",
    "Duration of requests by route template.",
    ["service", "method", "route", "status"],
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
OUTBOX = Gauge("zeven_outbox_events", "Events that are not published yet.", ["service", "lane"], registry=REGISTRY)
OUTBOX_LAG = Gauge(
    "zeven_outbox_lag_seconds",
    "Age of the oldest live event that is not published yet.",
    ["service"],
    registry=REGISTRY,
)
INBOX = Gauge(
    "zeven_inbox_events", "Events that are stored but not handled yet.", ["service", "lane"], registry=REGISTRY
)
INBOX_LAG = Gauge(
    "zeven_inbox_lag_seconds",
    "Age of the oldest live event that is not handled yet and has not failed.",
    ["service"],
    registry=REGISTRY,
)
INBOX_FAILING = Gauge(
    "zeven_inbox_failing_events",
    "Events that are stored and could not be handled yet, at one attempt or more.",
    ["service"],
    registry=REGISTRY,
)
QUARANTINE = Gauge(
    "zeven_quarantined_messages",
    "Deliveries that were set apart: unreadable, not storable, of a later version or an unknown type.",
    ["service"],
    registry=REGISTRY,
)
HELD = Gauge(
    "zeven_held_deliveries", "Deliveries that have arrived and cannot be stored yet.", ["service"], registry=REGISTRY
)
DEAD_LETTERS = Gauge(
    "zeven_dead_letters", "Events that could not be handled within a day.", ["service"], registry=REGISTRY
)
READY = Gauge(
    "zeven_ready", "1 when the service can work, 0 when a part it needs is unavailable.", ["service"], registry=REGISTRY
)
BUS = Gauge(
    "zeven_bus_connected",
    "1 when the bus can be reached, 0 while events wait for it; calls are answered without it.",
    ["service"],
    registry=REGISTRY,
)
BUILD = Info("zeven_build", "The version of Zeven and the commit that this process runs.", registry=REGISTRY)
JOBS = Counter("zeven_job_runs_total", "Runs of jobs, by outcome.", ["service", "job", "outcome"], registry=REGISTRY)

_tracing: Any = None


def metrics() -> bytes:
    """All metrics of this process in Prometheus' text format."""
    return generate_latest(REGISTRY)


def traces() -> bool:
    """Whether this process sends traces."""
    return _tracing is not None


def new_trace_id() -> str:
    """An id for one request, for the logs and for error bodies."""
    if _tracing is not None and (context := _tracing.get_current_span().get_span_context()).is_valid:
        return f"{context.trace_id:032x}"
    return uuid4().hex


def traceparent() -> str | None:
    """The W3C trace context of what is being done now; `None` without tracing."""
    if _tracing is None:
        return None
    context = _tracing.get_current_span().get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01" if context.is_valid else None


@contextmanager
def following(name: str, origins: Sequence[str | None]) -> Iterator[None]:
    """A span around the handling of events: it continues the trace of a single one, and links to those of several.

    `origins` are the events' trace contexts; nothing happens without tracing.
    """
    if _tracing is None:
        yield
        return
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    contexts = [TraceContextTextMapPropagator().extract({"traceparent": each}) for each in origins if each]
    options: dict[str, Any] = (
        {"context": contexts[0]}
        if len(contexts) == 1
        else {"links": [_tracing.Link(_tracing.get_current_span(each).get_span_context()) for each in contexts]}
    )
    with _tracing.get_tracer("zeven").start_as_current_span(name, kind=_tracing.SpanKind.CONSUMER, **options):
        yield


def configure(*, level: str, form: str, traced_as: str | None = None) -> None:
    """Set up logging (`form` is json, text or auto) for this process; `traced_as` is its name in traces, `None` sends none."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.dev.ConsoleRenderer() if text else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=getattr(logging, level), force=True)
    for noisy in ("aio_pika", "aiormq", "httpx2", "httpcore2", "alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, getattr(logging, level)))
    if traced_as is not None:
        _trace(traced_as)


def _trace(name: str) -> None:
    global _tracing  # noqa: PLW0603 - one process, one tracer
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create(_resource(name)))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _tracing = trace


def _resource(name: str) -> dict[str, str]:
    """What traces say of this process; the name that an operator gave by an OTEL_… variable goes before ours."""
    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return {"service.version": VERSION} | ({} if named else {"service.name": name})
