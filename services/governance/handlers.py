"""Which events governance handles, and by which command."""

from services.governance.erasures.commands import store_answers
from shared.contracts.erasure import ErasureAnswered
from shared.inbox import Handlers

HANDLERS: Handlers = {ErasureAnswered: store_answers}
