"""Where the attempts to sign in are counted: once per application, whoever asks."""

from typing import Annotated

from fastapi import Depends, Request

from services.governance.commands.attempts import Attempts


async def attempts(request: Request) -> Attempts:
    """The attempts of the last minute."""
    state = request.app.state
    if not hasattr(state, "attempts"):
        state.attempts = Attempts()
    counted: Attempts = state.attempts
    return counted


def address(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else "unknown"


Counted = Annotated[Attempts, Depends(attempts)]
