"""One service's HTTP application: its routes under its prefix, health, administration, and its documentation."""

from fastapi import FastAPI
from fastapi.routing import APIRoute

from shared import observability
from shared.http import admin, audit, health, openapi, pages, problems, rebuilding, retention
from shared.http.admission import Admission
from shared.http.control import AdmissionControl
from shared.http.middleware import Observed
from shared.http.requests import take_over
from shared.runtime import Running
from shared.version import VERSION

REFUSALS = {
    "4XX": {"description": "Refused; the problem's type says why."},
    "5XX": {"description": "Not possible at the moment."},
}


def application(running: Running, control: AdmissionControl | None = None) -> FastAPI:
    """The application of one running service; services of one process share its `control`."""
    service = running.service
    app = FastAPI(
        title=f"Zeven {service.title}",
        summary=service.summary,
        description=openapi.DESCRIPTION,
        version=VERSION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        responses=REFUSALS,  # type: ignore[arg-type]
        telemetry={"tracing": observability.traces(), "operation_spans": False, "metrics": False, "logs": False},
        redirect_slashes=False,
        separate_input_output_schemas=True,
    )
    app.state.running = running
    take_over(app.router, service.router, f"{service.prefix}/v1")
    take_over(app.router, admin.router, f"{service.prefix}/v1", ["operating"])
    take_over(app.router, audit.router, f"{service.prefix}/v1", ["operating"])
    if service.rebuilds:
        take_over(app.router, rebuilding.router, f"{service.prefix}/v1", ["operating"])
    if service.retained:
        take_over(app.router, retention.routes, f"{service.prefix}/v1", ["operating"])
    take_over(app.router, health.router, service.prefix, ["health"])
    if service.well_known is not None:
        take_over(app.router, service.well_known, service.prefix)
    openapi.add_documentation(app)
    pages.add_pages(app, service.prefix)
    problems.add_handlers(app)
    app.add_middleware(Admission, control=control or AdmissionControl(running.config, running.verifier))
    app.add_middleware(Observed, service=service.name)
    return app


def operation_id(route: APIRoute) -> str:
    """The operation's id in OpenAPI: its function's name."""
    return route.name
