"""The HTTP side of a service: one application per service, the same manners everywhere."""

from shared.http.application import application
from shared.http.requests import ExpectedVersion, etag, router, work_for, written

__all__ = ["ExpectedVersion", "application", "etag", "router", "work_for", "written"]
