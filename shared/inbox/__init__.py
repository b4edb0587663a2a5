"""Received events: stored first, then claimed and handled in one transaction with their effects, retried, or dead."""

from shared.inbox.apart import QUARANTINE
from shared.inbox.handling import MAX_ATTEMPTS, Inbox
from shared.inbox.late import as_erased, erased_fields, remember_erased
from shared.inbox.routing import Handler, Handlers, ReceivedEvent, Routes, dispatch
from shared.inbox.stored import INBOX, attempted, block_handling, bury, delivery_status, forget

__all__ = [
    "INBOX",
    "MAX_ATTEMPTS",
    "QUARANTINE",
    "Handler",
    "Handlers",
    "Inbox",
    "ReceivedEvent",
    "Routes",
    "as_erased",
    "attempted",
    "block_handling",
    "bury",
    "delivery_status",
    "dispatch",
    "erased_fields",
    "forget",
    "remember_erased",
]
