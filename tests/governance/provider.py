"""A pretended OpenID Connect provider: a discovery document and keys on a port of this machine, and tokens of accounts."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from shared import clock


class Provider(HTTPServer):
    """The provider; `read` lists the paths that were asked for, `named` is what its discovery document calls it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.issuer = self.named = f"http://127.0.0.1:{self.server_port}/realms/harbour"
        self.key = RSAKey.generate_key(2048, parameters={"kid": "theirs", "alg": "RS256", "use": "sig"})
        self.read: list[str] = []

    def token(self, username: str | None = None, **claims: Any) -> str:
        """An access token of an account; its subject is another text than a username."""
        now = clock.now().timestamp()
        body = {
            "iss": self.issuer,
            "aud": ["account", "zeven"],
            "sub": f"subject of {username}",
            "preferred_username": username,
            "iat": int(now),
            "exp": int(now) + 300,
            **claims,
        }
        given = {name: value for name, value in body.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "theirs"}, given, self.key)


class _Pages(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self.server.read.append(self.path)
        keys = f"{self.server.issuer}/certificates"
        pages: dict[str, Any] = {
            "/realms/harbour/.well-known/openid-configuration": {"issuer": self.server.named, "jwks_uri": keys},
            "/realms/harbour/certificates": {"keys": [self.server.key.as_dict(private=False)]},
        }
        page = pages.get(self.path)
        self.send_response(404 if page is None else 200)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    """The provider at its address, as long as the block lasts."""
    server = Provider()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
