"""Which words of an incident are looked for, and how much each counts; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

#: the largest number of items suggested for an incident
SUGGESTED = 5
#: the best known error comes first when it fits at least so well in proportion to the best item
KNOWN_ERROR = 0.1
#: the rarest words are looked for until they have so many items, at least one; all items with one of them are ranked
CANDIDATES = 1000
#: the largest number of items ranked when even the rarest word has more; those that have another rare word come first
MOST = 6000
#: how often a word of an incident's title counts
TITLE = 2
#: words of at least so many letters are compared with words that begin with them, the shortest ones, at most `LONGER`, and with
#: words that they begin with, because Dutch writes compounds as one word; these count in part
SHORTEST, LONGER, COMPOUND = 4, 10, 0.4
#: BM25 (Robertson and Zaragoza 2009): how soon a word that an item has more often counts no more, and how far its length counts
OFTEN, LENGTH = 1.2, 0.6
#: an item without a word of the incident in its signs has at least so many in the text that says what to do
IN_TEXT = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """A sign of an incident, how often it is there, and a word of items: the same, a longer or a shorter one.

    `items` of `all_items` have that word.
    """

    sign: str
    times: int
    word: str
    items: int
    all_items: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: `signs` with their weights.

    Items with one of the `rare` ones are ranked, those that also have one `beside` them first.
    """

    signs: list[str]
    weights: list[float]
    rare: list[str]
    beside: list[str]


def rarity(items: int, all_items: int) -> float:
    """How much a word tells that so many of all items have."""
    return log(1 + (all_items - items + 0.5) / (items + 0.5))


def wanted_of(counted: Sequence[Counted]) -> Wanted:
    """What is looked for when an incident has these signs."""
    items = {each.word: each.items for each in counted}
    weights: dict[str, float] = {}
    for each in counted:
        weight = (1 + log(each.times)) * rarity(max(each.items, items.get(each.sign, 0)), each.all_items)
        if each.word != each.sign:  # a rare compound of a common word tells no more than the common word
            weight *= COMPOUND
        weights[each.word] = max(weight, weights.get(each.word, 0.0))
    rarest = sorted(weights, key=lambda sign: (items[sign], sign))
    rare = _first(rarest, items)
    beside = rarest[1:4] if rare and items[rare[0]] > MOST else []
    return Wanted(list(weights), list(weights.values()), rare, beside)


def _first(rarest: Sequence[str], items: dict[str, int]) -> list[str]:
    chosen, together = list(rarest[:1]), items[rarest[0]] if rarest else 0
    for sign in rarest[1:]:
        together += items[sign]
        if together > CANDIDATES:
            break
        chosen.append(sign)
    return chosen
