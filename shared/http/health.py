"""Health of one service: does the process answer, can it work, and its figures for operators."""

from typing import Literal

import structlog
from fastapi import Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import text

from shared import migrate
from shared.delivery import Delivery, delivery
from shared.http.callers import OpenToAnyone
from shared.http.requests import router as strict
from shared.observability import READY, metrics
from shared.runtime import Running

log = structlog.get_logger(__name__)
router = strict(dependencies=[Depends(OpenToAnyone())])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"]


class Readiness(BaseModel):
    """Whether the service can work, part by part; `dead_letters` does not make it unready, but somebody should look.

    The database is away as well when it answers but cannot tell how delivery stands.
    """

    status: Literal["ready", "not ready"]
    service: str
    database: Literal["ok", "away"]
    migrations: Literal["at head", "behind", "unknown"]
    bus: Literal["ok", "away"]
    delivery: Delivery | None


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


async def readiness_of(running: Running) -> Readiness:
    """The condition of one service."""
    numbers, migrations = None, "unknown"
    try:
        async with running.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            migrations = await migrate.condition(connection, running.service)
            if migrations == "at head":
                numbers = await delivery(connection)
    except Exception as error:  # noqa: BLE001 - whatever it is, the database does not work
        log.warning("the database does not answer", reason=f"{type(error).__name__}: {str(error)[:300]}")
    ready = numbers is not None and running.bus.connected
    return Readiness(
        status="ready" if ready else "not ready",
        service=running.service.name,
        database="ok" if numbers is not None or migrations == "behind" else "away",
        migrations=migrations,
        bus="ok" if running.bus.connected else "away",
        delivery=numbers,
    )


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
