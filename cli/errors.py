"""Why a command could not do its work, in words for the person at the keyboard."""

from typing import Any


class Unable(Exception):
    """The text is one readable line, and says what to do where that is known; the command ends with 1."""


class Refused(Unable):
    """The platform answered, and said no: `status`, and the `problem` as it was told (RFC 9457, may be empty)."""

    def __init__(self, message: str, status: int, problem: dict[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem
