"""Errors that a command reports to the person who ran it."""

from typing import Any


class Unable(Exception):
    """The command cannot do its work and ends with 1; the text is one line that also says what to do where that is known."""


class Refused(Unable):
    """The platform refused a request: its `status`, and its `problem` (RFC 9457; empty when it sent none)."""

    def __init__(self, message: str, status: int, problem: dict[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem
