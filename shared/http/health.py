"""Health of one service: does the process answer, can it work, and its figures for operators."""

from typing import Literal

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from shared.http.callers import OpenToAnyone
from shared.http.requests import router as strict
from shared.observability import READY, metrics
from shared.readiness import Readiness, readiness_of

router = strict(dependencies=[Depends(OpenToAnyone())])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"]


@router.get("/livez", summary="Check Liveness")
async def livez() -> Alive:
    """Whether the process answers."""
    return Alive(status="alive")


@router.get(
    "/readyz",
    summary="Check Readiness",
    responses={503: {"model": Readiness, "description": "A part that is needed is away."}},
)
async def readyz(request: Request, response: Response) -> Readiness:
    """Whether the service can work: database, migrations and bus; 503 names the failing part."""
    readiness = await readiness_of(request.app.state.running)
    if readiness.status != "ready":
        response.status_code = 503
    return readiness


@router.get(
    "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
)
async def read_metrics(request: Request) -> Response:
    """Figures of this process in Prometheus' text format."""
    readiness = await readiness_of(request.app.state.running)
    READY.labels(readiness.service).set(readiness.status == "ready")
    if readiness.delivery:
        readiness.delivery.observe(readiness.service)
    return Response(metrics(), media_type="text/plain; version=0.0.4")
