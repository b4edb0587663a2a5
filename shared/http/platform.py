"""The application in front of services that share a process: a page for people, health of all, and routing to each service."""

import asyncio
from dataclasses import dataclass
from html import escape
from pathlib import Path

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from shared.delivery import Delivery
from shared.errors import NoSuchPage
from shared.http import openapi
from shared.http.admission import Admission
from shared.http.control import AdmissionControl
from shared.http.health import readiness_for
from shared.http.middleware import Observed
from shared.http.refusals import answer, method_not_allowed
from shared.http.security_headers import CACHEABLE, page_policy
from shared.readiness import Readiness
from shared.runtime import Running

#: written when the image is built, where `python -m services openapi openapi` runs beside the code
BUILT = Path(__file__).parents[2] / "openapi" / "zeven.json"


class Platform:
    """Sends each request, its path unchanged, to the service that the first part of the path names."""

    def __init__(
        self, running: dict[str, Running], applications: dict[str, FastAPI], control: AdmissionControl
    ) -> None:
        self._running, self.control = running, control
        self._routes = {running[name].service.prefix.lstrip("/"): app for name, app in applications.items()}
        self._applications = applications
        self._document: bytes | None = None
        self._own = Observed(Admission(self._own_pages, control), service="platform")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        first = scope.get("path", "/").split("/", 2)[1] if scope["type"] == "http" else ""
        await self._routes.get(first, self._own)(scope, receive, send)

    async def _own_pages(self, scope: Scope, receive: Receive, send: Send) -> None:
        pages = {"/": self._page, "/livez": self._livez, "/readyz": self._readyz, "/openapi.json": self._openapi}
        page, request = pages.get(scope["path"]), Request(scope)
        if page is not None:
            scope["route"] = _OwnPage(scope["path"])
        if page is None:
            services = ", ".join(sorted(self._routes))
            response = answer(request, NoSuchPage(f"Begin at / ; the services are {services}."))
        elif scope["method"] not in ("GET", "HEAD"):
            response = answer(request, method_not_allowed("GET, HEAD"))
        else:
            response = await page(request)
        await response(scope, receive, send)

    async def _livez(self, _: Request) -> Response:
        if any(one.draining for one in self._running.values()):
            return JSONResponse({"status": "stopping"}, 503)
        return JSONResponse({"status": "alive"})

    async def _readyz(self, request: Request) -> Response:
        found = {name: await readiness_for(request, one) for name, one in self._running.items()}
        ready = all(each.status == "ready" for each in found.values())
        condition: dict[str, object] = {"status": "ready" if ready else "not ready"}
        detailed = {name: each.model_dump(mode="json") for name, each in found.items() if isinstance(each, Readiness)}
        if detailed:
            condition["services"] = detailed
        return JSONResponse(condition, 200 if ready else 503)

    async def _openapi(self, _: Request) -> Response:
        if self._document is None:
            self._document = await asyncio.to_thread(_merged, self._applications)
        return Response(self._document, media_type="application/json", headers={"Cache-Control": CACHEABLE})

    async def _page(self, request: Request) -> Response:
        if len(self._running) == 1:
            return RedirectResponse(f"{next(iter(self._running.values())).service.prefix}/docs")
        cards = [await self._card(request, one) for one in self._running.values()]
        html = _PAGE.replace("{cards}", "\n".join(cards))
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})

    @staticmethod
    async def _card(request: Request, one: Running) -> str:
        service, readiness = one.service, await readiness_for(request, one)
        ready = readiness.status == "ready"
        delivery = readiness.delivery if isinstance(readiness, Readiness) else None
        return _CARD.format(
            state="ready" if ready else "away",
            word="ready" if ready else "not ready",
            title=escape(service.title),
            summary=escape(service.summary),
            prefix=service.prefix,
            delivery=_delivery(delivery) if delivery else "",
        )


@dataclass(frozen=True, slots=True)
class _OwnPage:
    """A page of the front by its path, as a route of a service has one: metrics name it."""

    path: str


def _delivery(delivery: Delivery) -> str:
    waiting = sum(lane.live + lane.historical for lane in (delivery.inbox, delivery.outbox))
    dead = delivery.dead_letters
    flow = _counted(waiting, "event", "waiting") if waiting else "nothing waiting"
    letters = f'<b class="dead">{_counted(dead, "dead letter")}</b>' if dead else "<span>no dead letters</span>"
    return f"<span>{flow}</span>{letters}"


def _merged(applications: dict[str, FastAPI]) -> bytes:
    """The document of the whole platform: from the image when this process runs one service, else of these services."""
    if len(applications) == 1 and BUILT.exists():
        return BUILT.read_bytes()
    return msgspec.json.encode(openapi.merge({name: app.openapi() for name, app in applications.items()}))


def _counted(number: int, noun: str, *rest: str) -> str:
    return " ".join((f"{number:,}", noun if number == 1 else f"{noun}s", *rest))


_CARD = """<li class="{state}"><h2>{title}</h2><p>{summary}</p>
<p class="figures"><span><i class="dot" aria-hidden="true"></i>{word}</span>{delivery}</p>
<p><a href="{prefix}/docs">API</a> <a href="{prefix}/openapi.json">OpenAPI</a> <a href="{prefix}/readyz">health</a></p></li>"""

# In the page itself, so that browsers do not ask for /favicon.ico.
_ICON = (
    "<link rel=\"icon\" href=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
    "<rect width='16' height='16' rx='3' fill='%230b5cad'/>"
    "<path d='M4 4.5h8L7.2 13' fill='none' stroke='%23fff' stroke-width='2'/></svg>\">"
)

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
{icon}
<title>Zeven</title><style>
:root{--ink:#17212b;--soft:#5b6875;--line:#d8dfe6;--paper:#f6f8fa;--card:#fff;--go:#1c7c4a;--stop:#b3261e;--link:#0b5cad}
@media (prefers-color-scheme:dark){:root{
--ink:#e8eef4;--soft:#9fb0c0;--line:#2b3a48;--paper:#10171e;--card:#18222c;--go:#4cc38a;--stop:#ff8a80;--link:#7db8f5}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:3rem 1.25rem}h1{font-size:2rem;margin:0}header p{color:var(--soft);max-width:44rem}
ul{list-style:none;padding:0;display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(18rem,1fr))}
li{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.25rem;display:flex;flex-direction:column}
h2{font-size:1.1rem;margin:0}li p{margin:.4rem 0;color:var(--soft)}
.figures{font-size:.9rem}.figures>*{display:block}li .figures{margin-top:auto}
.dot{display:inline-block;width:.65rem;height:.65rem;border-radius:50%;margin-right:.4rem;background:var(--go)}
.away .dot{background:var(--stop)}.dead{color:var(--stop)}a{color:var(--link);margin-right:.9rem}
footer{color:var(--soft);font-size:.85rem;margin-top:2rem}
</style></head><body><main><header><h1>Zeven</h1>
<p>IT service management as separate services, one per process, that communicate through events.</p></header>
<ul>
{cards}
</ul>
<footer>Based on the ISM method, version 5, by Wim Hoving / Servitect; not affiliated.</footer></main></body></html>""".replace(
    "{icon}", _ICON
)
_POLICY = page_policy(_PAGE)
