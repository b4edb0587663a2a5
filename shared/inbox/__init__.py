"""What a service has heard: stored first, claimed, handled in one transaction with its effects, retried, buried."""

from shared.inbox.handling import MAX_ATTEMPTS, Handler, Handlers, Inbox, ReceivedEvent, dispatch
from shared.inbox.stored import INBOX, delivery_status, forget, store

__all__ = [
    "INBOX",
    "MAX_ATTEMPTS",
    "Handler",
    "Handlers",
    "Inbox",
    "ReceivedEvent",
    "delivery_status",
    "dispatch",
    "forget",
    "store",
]
