"""Health of one service: whether the process answers, whether it can work, and its figures for operators."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Literal
from weakref import WeakKeyDictionary

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from starlette.responses import JSONResponse

from shared.http.callers import OpenToAnyone, OpenToOperators, operates
from shared.http.requests import router as strict
from shared.observability import BUS, HELD, READY, metrics
from shared.readiness import Readiness, Ready, readiness_of
from shared.runtime import Running

router = strict()
RECENT_SECONDS = 1.0


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"]


class Stopping(BaseModel):
    """The process answers and will end; new requests should go elsewhere."""

    status: Literal["stopping"]


@router.get(
    "/livez",
    summary="Check Liveness",
    response_model=Alive,
    dependencies=[Depends(OpenToAnyone())],
    responses={503: {"model": Stopping, "description": "The process will end."}},
)
async def livez(request: Request) -> Alive | Response:
    """Whether the process answers; 503 when it will end, so that a proxy sends new requests elsewhere."""
    if request.app.state.running.draining:
        return JSONResponse({"status": "stopping"}, 503)
    return Alive(status="alive")


@router.get(
    "/readyz",
    summary="Check Readiness",
    dependencies=[Depends(OpenToAnyone())],
    responses={503: {"model": Readiness | Ready, "description": "A part that is needed is unavailable."}},
)
async def readyz(request: Request, response: Response) -> Readiness | Ready:
    """Whether the service can work, 503 when it cannot; operators see each part, the bus, and what waits."""
    readiness = await readiness_for(request, request.app.state.running)
    if readiness.status != "ready":
        response.status_code = 503
    return readiness


async def readiness_for(request: Request, running: Running) -> Readiness | Ready:
    """The condition of one service as this client may see it; without details it may be a second old."""
    if operates(request, running):
        return await readiness_of(running)
    recent = _recent.setdefault(running, _Recent())
    async with recent.lock:
        if time.monotonic() - recent.at > RECENT_SECONDS:
            found = await readiness_of(running)
            recent.ready, recent.at = Ready(status=found.status, service=found.service), time.monotonic()
    return recent.ready


@dataclass
class _Recent:
    """The last result; requests that come during a check wait for its result."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    at: float = float("-inf")
    ready: Ready = field(init=False)


_recent: WeakKeyDictionary[Running, _Recent] = WeakKeyDictionary()


@router.get(
    "/metrics",
    response_class=Response,
    dependencies=[Depends(OpenToOperators())],
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def read_metrics(request: Request) -> Response:
    """Figures of this process in Prometheus' text format; for operators."""
    readiness = await readiness_of(request.app.state.running)
    READY.labels(readiness.service).set(readiness.status == "ready")
    BUS.labels(readiness.service).set(readiness.bus == "ok")
    HELD.labels(readiness.service).set(readiness.held)
    if readiness.delivery:
        readiness.delivery.observe(readiness.service)
    return Response(metrics(), media_type="text/plain; version=0.0.4")
