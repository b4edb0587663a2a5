"""Plain BM25 (k1 1.2, b 0.75) over words in lower case: the measure that suggestions are compared with."""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log

K1, B = 1.2, 0.75
_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text.lower())


class Ranking:
    """Ranks these texts for a question."""

    def __init__(self, texts: Sequence[str]) -> None:
        read = [words_of(text) for text in texts]
        usual = sum(map(len, read)) / len(read)
        places: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, words in enumerate(read):
            norm = K1 * (1 - B + B * len(words) / usual)
            for word, times in Counter(words).items():
                places[word].append((place, times * (K1 + 1) / (times + norm)))
        self._places = {
            word: [
                (place, often * log(1 + (len(read) - len(found) + 0.5) / (len(found) + 0.5))) for place, often in found
            ]
            for word, found in places.items()
        }

    def best(self, question: str, many: int) -> list[int]:
        """The places of the texts that fit best, best first."""
        scores: dict[int, float] = defaultdict(float)
        for word in words_of(question):
            for place, score in self._places.get(word, ()):
                scores[place] += score
        return heapq.nlargest(many, scores, key=lambda place: (scores[place], -place))
