"""Headers that limit what a browser may do with a response: by default nothing, and not store it."""

import base64
import re
from collections.abc import Iterable
from hashlib import sha256

Headers = list[tuple[bytes, bytes]]

_ALWAYS: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_DEFAULTS: Headers = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]
#: for public content that changes only with the version
CACHEABLE = "public, max-age=300"
_INLINE = {
    "script": re.compile(r"<script>(.*?)</script>", re.DOTALL),
    "style": re.compile(r"<style>(.*?)</style>", re.DOTALL),
}


def secured(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers of an answer with those that a browser needs; headers that the response has already stay."""
    given = [*headers]
    names = {name for name, _ in given}
    return [*given, *_ALWAYS, *(each for each in _DEFAULTS if each[0] not in names)]


def page_policy(html: str, *, styles: str = "") -> str:
    """The Content-Security-Policy of a page of our own: its inline scripts and styles by their hashes, and this origin.

    `styles` replaces the hashes of the styles where a library sets style attributes (`'unsafe-inline'`).
    """
    scripts = _hashes("script", html)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {scripts}".rstrip(),
            f"style-src 'self' {styles or _hashes('style', html)}".rstrip(),
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _hashes(kind: str, html: str) -> str:
    found = (sha256(inside.encode()).digest() for inside in _INLINE[kind].findall(html))
    return " ".join(f"'sha256-{base64.b64encode(each).decode()}'" for each in found)
