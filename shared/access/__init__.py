"""Who may do what, and to whose records: callers, the tokens that name them, policies that decide."""

from shared.access.callers import Caller
from shared.access.tokens import AUDIENCE, FetchKeys, Verifier

__all__ = ["AUDIENCE", "Caller", "FetchKeys", "Verifier"]
