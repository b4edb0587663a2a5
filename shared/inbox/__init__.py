"""What a service has heard: stored first, claimed, handled in one transaction with its effects, retried, buried."""

from shared.inbox.handling import MAX_ATTEMPTS, Handler, Handlers, Heard, Inbox, fold
from shared.inbox.stored import INBOX, fate, forget, store

__all__ = ["INBOX", "MAX_ATTEMPTS", "Handler", "Handlers", "Heard", "Inbox", "fate", "fold", "forget", "store"]
