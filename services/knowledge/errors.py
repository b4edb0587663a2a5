"""Every refusal of knowledge."""

from shared.errors import Conflict, NotFound


class ItemUnknown(NotFound):
    """No such knowledge item, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such knowledge item.")


class VersionUnknown(NotFound):
    """No such version, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such version of this knowledge item.")


class BeingReviewed(Conflict):
    """What is being reviewed stays as it is until the review has ended."""

    slug, title = "being-reviewed", "The draft is being reviewed"

    def __init__(self) -> None:
        super().__init__("The draft is being reviewed: return it first, or wait for the review.")


class ItemRetired(Conflict):
    """A knowledge item that no longer holds is not edited."""

    slug, title = "retired", "The knowledge item is retired"

    def __init__(self) -> None:
        super().__init__("The knowledge item is retired; register a new one.")
