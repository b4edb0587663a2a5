"""Every refusal of incident."""

from shared.errors import Conflict, NotFound


class CallUnknown(NotFound):
    """No such call, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such call.")


class IncidentUnknown(NotFound):
    """No such incident, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such incident.")


class IncidentEnded(Conflict):
    """The incident is closed, cancelled or rerouted: it stays as it was."""

    slug, title = "incident-ended", "The incident has ended"

    def __init__(self, state: str) -> None:
        super().__init__(f"The incident is {state} and stays as it was; reopen it in time, or register a new one.")


class SuggestionUnknown(NotFound):
    """No such suggestion for this incident."""

    def __init__(self) -> None:
        super().__init__("There is no such suggestion for this incident.")


class AlreadyLinked(Conflict):
    """The incident has this link already."""

    slug, title = "already-linked", "The link is there already"

    def __init__(self) -> None:
        super().__init__("The incident has this link already.")
