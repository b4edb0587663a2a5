"""Every refusal of incident."""

from shared.errors import Conflict, Invalid, Unknown


class CallUnknown(Unknown):
    """No such call, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such call.")


class IncidentUnknown(Unknown):
    """No such incident, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such incident.")


class SuggestionUnknown(Unknown):
    """No such suggestion for this incident."""

    def __init__(self) -> None:
        super().__init__("There is no such suggestion for this incident.")


class AlreadyLinked(Conflict):
    """The incident has this link already."""

    slug, title = "already-linked", "The link is there already"


class HistoryDiffers(Invalid):
    """An incident of this source and key was imported before with another history."""

    slug, title = "history-differs", "Another history was imported under this key"
