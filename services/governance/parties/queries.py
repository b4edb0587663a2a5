"""Queries about parties."""

from services.governance import access
from services.governance.models import Party
from shared.records import Noun

PARTIES = Noun(Party, "party", access.READ_PARTIES)
