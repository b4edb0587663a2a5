"""Tracing: the correlation id in every log line, and one trace across events."""

from typing import Any
from uuid import uuid4

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared import observability
from shared.runtime import Running
from tests.shared.parcels import registered, rows
from tests.shared.test_delivery import with_handlers
from tests.world import World

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
OTHER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    monkeypatch.setattr(observability, "_tracing", trace)
    exporter.clear()
    return exporter


def handling(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = [each for each in spans.get_finished_spans() if each.name.startswith("rounds handles")]
    return span


async def test_the_trace_of_a_request_goes_on_in_what_its_event_causes(
    rounds: Running, spans: InMemorySpanExporter
) -> None:
    await rounds.inbox.deliver([registered(traceparent=f"00-{TRACE}-{SPAN}-01")])
    await rounds.inbox.handle_due()
    span = handling(spans)
    assert span.context is not None
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == SPAN
    assert await rows(rounds, "SELECT traceparent FROM event") == [f"00-{TRACE}-{span.context.span_id:016x}-01"]


async def test_of_several_handled_together_each_answer_keeps_the_trace_of_its_own_cause(
    rounds: Running, spans: InMemorySpanExporter
) -> None:
    mine, other, untraced = registered(traceparent=f"00-{TRACE}-{SPAN}-01"), registered(traceparent=OTHER), registered()
    await rounds.inbox.deliver([mine, other, untraced])
    await rounds.inbox.handle_due()
    answers = dict(await rows(rounds, "SELECT causationid, traceparent FROM event"))
    assert answers == {mine.id: mine.traceparent, other.id: OTHER, untraced.id: None}
    linked = {f"{link.context.trace_id:032x}" for link in handling(spans).links}
    assert linked == {TRACE, OTHER.split("-")[1]}


async def test_without_tracing_nothing_is_begun(rounds: Running) -> None:
    await rounds.inbox.deliver([registered()])
    await rounds.inbox.handle_due()
    assert await rows(rounds, "SELECT traceparent FROM event") == [None]


async def test_a_handler_logs_the_chain_that_it_works_in(rounds: Running) -> None:
    event = registered(correlationid=uuid4())

    async def logging_handler(*_: Any) -> None:
        structlog.get_logger("tests").warning("a handler speaks")
        raise ValueError("invented")

    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        inbox = with_handlers(rounds, ParcelRegistered=logging_handler)
        await inbox.deliver([event])
        await inbox.handle_due()
    assert {line["event"] for line in lines} == {"a handler speaks", "events are handled again later"}
    assert {(line["correlation_id"], line["service"]) for line in lines} == {(str(event.correlationid), "rounds")}


async def test_a_request_logs_the_chain_that_it_began(office: World) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        structlog.contextvars.clear_contextvars()
        made = await office.admin.post("/counter/v1/parcels", json={"label": "books"})
        assert made.status_code == 201, made.text
        structlog.get_logger("tests").warning("the request is over")
    (line,) = [each for each in lines if each["event"] == "the request is over"]
    assert line["correlation_id"] == made.json()["id"]
