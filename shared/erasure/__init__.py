"""Erasure of a person: whatever a service has of the name and of the texts that the person wrote is replaced by one word."""

from shared.erasure.chains import PersonalTexts
from shared.erasure.handling import HANDLERS
from shared.erasure.job import erase_due

__all__ = ["HANDLERS", "PersonalTexts", "erase_due"]
