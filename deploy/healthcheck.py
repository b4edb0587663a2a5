"""Exits with 0 when the services of this container are ready, not only alive."""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

connection = HTTPConnection("127.0.0.1", int(os.environ.get("ZEVEN_PORT", "8080")), timeout=9)
try:
    connection.request("GET", "/readyz")
    response = connection.getresponse()
    text = response.read(2000).decode("utf-8", "replace")
except (OSError, HTTPException) as error:
    sys.exit(f"no answer: {error}")
print(text)
sys.exit(response.status != HTTPStatus.OK)
