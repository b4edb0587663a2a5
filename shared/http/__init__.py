"""The HTTP side of a service: one application per service, all with the same rules."""

from shared.http.addresses import address_of
from shared.http.application import application
from shared.http.lists import NO_NAMES, Include, Names, PageView, created, list_json, read_json
from shared.http.requests import Allowed, ExpectedVersion, OpenWork, SignedInWork, etag, router, routers

__all__ = [
    "NO_NAMES",
    "Allowed",
    "ExpectedVersion",
    "Include",
    "Names",
    "OpenWork",
    "PageView",
    "SignedInWork",
    "address_of",
    "application",
    "created",
    "etag",
    "list_json",
    "read_json",
    "router",
    "routers",
]
