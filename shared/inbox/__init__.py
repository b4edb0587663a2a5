"""Received events: stored first, then claimed and handled in one transaction with their effects, retried, or dead."""

from shared.inbox.handling import MAX_ATTEMPTS, Inbox
from shared.inbox.routing import Handler, Handlers, ReceivedEvent, Routes, dispatch
from shared.inbox.stored import INBOX, delivery_status, forget

__all__ = [
    "INBOX",
    "MAX_ATTEMPTS",
    "Handler",
    "Handlers",
    "Inbox",
    "ReceivedEvent",
    "Routes",
    "delivery_status",
    "dispatch",
    "forget",
]
