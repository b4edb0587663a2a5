"""The pages of one service: its OpenAPI document, the page that shows it, and the files of that page."""

import asyncio
from importlib.resources import files

import msgspec
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from shared.http.security_headers import CACHEABLE, page_policy


def add_pages(app: FastAPI, prefix: str) -> None:
    """Serve `/openapi.json`, `/docs` and `/assets` under `prefix`."""
    app.openapi_url = f"{prefix}/openapi.json"
    page = get_swagger_ui_html(
        openapi_url=app.openapi_url,
        title=app.title,
        swagger_js_url=f"{prefix}/assets/swagger-ui-bundle.js",
        swagger_css_url=f"{prefix}/assets/swagger-ui.css",
        swagger_favicon_url=f"{prefix}/assets/favicon-32x32.png",
    )
    html = bytes(page.body).decode()
    # the library sets style attributes
    headers = {"Content-Security-Policy": page_policy(html, styles="'unsafe-inline'"), "Cache-Control": CACHEABLE}
    document: list[bytes] = []
    describing = asyncio.Lock()

    async def docs(_: Request) -> Response:
        return HTMLResponse(html, headers=headers)

    async def openapi(_: Request) -> Response:
        async with describing:
            if not document:  # slow, but only once; no caller pays for it
                document.append(msgspec.json.encode(await asyncio.to_thread(app.openapi)))
        return Response(document[0], media_type="application/json", headers={"Cache-Control": CACHEABLE})

    app.add_route(f"{prefix}/docs", docs, methods=["GET"], include_in_schema=False)
    app.add_route(app.openapi_url, openapi, methods=["GET"], include_in_schema=False)
    app.mount(f"{prefix}/assets", _Assets(directory=str(files("fastapi_swagger") / "resources")), name="assets")


class _Assets(StaticFiles):
    """Files that change with the version only."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; 405 names the methods that a file has."""
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = CACHEABLE
        return response
