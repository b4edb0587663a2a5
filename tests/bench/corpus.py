"""Texts with known neighbours: generated tickets of a service desk, in Dutch and in English; the same for the same seed.

Words follow Zipf's law. A business service has words of its own, and some matters that come up again and again, each with words of
its own. Texts about one service are each other's right answers. What makes that hard is what makes it hard at a real desk: most
words of a text are general, greetings, signatures and disclaimers repeat, people use synonyms, inflections, compounds and typing
errors, and mention other services. The words are invented, so that nothing but their distribution says what belongs together.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Literal

Language = Literal["nl", "en"]

_FUNCTION: dict[Language, str] = {
    "nl": "de het een en van ik te dat die in is niet op aan met als voor er maar om dan of wat zo door bij ook tot je mij uit nog "
    "naar heb heeft deze want zal nu geen iets worden toch al meer doen kan dus wij hebben wordt onze graag sinds",
    "en": "the a an and of i to that which in is not on at with as for there but by then or what so from also until you me out "
    "still have has this because will now no something be yet more do can we our please since when it was are been my",
}
_GREETINGS: dict[Language, Sequence[str]] = {
    "nl": ("Goedemorgen,", "Beste collega's,", "Hallo,", "Geachte servicedesk,", "Dag allemaal,"),
    "en": ("Good morning,", "Dear colleagues,", "Hello,", "Dear service desk,", "Hi all,"),
}
_PARTINGS: dict[Language, Sequence[str]] = {
    "nl": ("Met vriendelijke groet,", "Alvast bedankt!", "Groeten,", "Hoor graag van jullie.", "Bedankt voor de hulp,"),
    "en": (
        "Kind regards,",
        "Thanks in advance!",
        "Regards,",
        "Looking forward to your reply.",
        "Thank you for your help,",
    ),
}
_DISCLAIMERS: dict[Language, str] = {
    "nl": "Dit bericht is alleen bestemd voor de geadresseerde. Heeft u het per vergissing ontvangen, verwijder het dan en "
    "meld het de afzender. Denk aan het milieu voordat u dit bericht afdrukt.",
    "en": "This message is meant only for the addressee. If you received it by mistake, please delete it and tell the sender. "
    "Think of the environment before you print this message.",
}
_ENDINGS: dict[Language, Sequence[str]] = {
    "nl": ("", "", "", "en", "en", "t", "s", "e", "ing", "ingen", "je"),
    "en": ("", "", "", "s", "s", "ed", "ing", "er", "ers", "ly"),
}
#: beginnings, vowels and ends of invented words
_SOUNDS: dict[Language, tuple[str, str, str]] = {
    "nl": (
        "b d f g h k l m n p r s t v w z sch br dr gr kl kn kr pl pr sl st str tr vl vr zw bl",
        "a e i o u aa ee oo uu ie oe ij ui eu ou",
        "k l m n p r s t f g nd nk lt rk rm st cht ng ps rt",
    ),
    "en": (
        "b c d f g h j l m n p r s t v w sh th bl br cl cr dr fl fr gr pl pr sl sm st str tr",
        "a e i o u ai ea ee oa oo ou ow ay",
        "b d g k l m n p r t x nd nk lt rm st sh ck nt mp rd",
    ),
}


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody wrote, and the service that it is about."""

    title: str
    description: str
    service: int
    language: Language

    @property
    def whole(self) -> str:
        """All of it."""
        return f"{self.title} {self.description}"


@dataclass(frozen=True)
class Shape:
    """How large the corpus is, and how hard it is to see what a text is about."""

    services: int = 60
    matters: int = 6
    texts: int = 5400
    #: the shares of the words of a text that are of its matter, of its service, and of any other service
    of_matter: float = 0.11
    of_service: float = 0.07
    of_others: float = 0.05
    function_words: float = 0.4
    synonyms: float = 0.25
    compounds: float = 0.04
    inflected: float = 0.3
    misspelt: float = 0.03


@dataclass(frozen=True)
class Corpus:
    """Texts of which four fifths are articles, and one fifth are calls."""

    texts: Sequence[Text]

    @cached_property
    def articles(self) -> Sequence[Text]:
        """The texts that are knowledge."""
        return [text for place, text in enumerate(self.texts) if place % 5]

    @cached_property
    def calls(self) -> Sequence[Text]:
        """The texts that something is suggested for."""
        return [text for place, text in enumerate(self.texts) if place % 5 == 0]


@dataclass(frozen=True, slots=True)
class _Concept:
    """A thing that words name: in each language the usual one, and another one."""

    names: dict[Language, tuple[str, str]]


class _Writer:
    """Writes texts."""

    def __init__(self, seed: int, shape: Shape) -> None:
        self._random, self._shape = random.Random(seed), shape
        self._known: set[str] = set()
        self._general = [self._concept() for _ in range(6000)]
        self._general_odds = list(accumulate(1 / (rank + 5) for rank in range(len(self._general))))
        self._services = [[self._concept() for _ in range(25)] for _ in range(shape.services)]
        self._matters = [
            [[self._concept() for _ in range(10)] for _ in range(shape.matters)] for _ in range(shape.services)
        ]
        self._codes = [[self._code() for _ in range(shape.matters)] for _ in range(shape.services)]
        self._people = [f"{self._name()} {self._name()}" for _ in range(300)]
        self._weights = {many: list(accumulate(1 / (rank + 1) for rank in range(many))) for many in (10, 25)}
        self._popular = list(accumulate(1 / (rank + 3) for rank in range(shape.services)))

    def text(self) -> Text:
        """One text."""
        choose, shape = self._random, self._shape
        service = choose.choices(range(shape.services), cum_weights=self._popular)[0]
        matter = choose.randrange(shape.matters)
        language: Language = "nl" if choose.random() < 0.65 else "en"
        title = [self._word(language, service, matter, 1.8) for _ in range(choose.randint(3, 7))]
        many = min(max(int(choose.lognormvariate(3.4, 0.6)), 8), 250)
        body = [self._word(language, service, matter, 1) for _ in range(many)]
        lines = [self._sentences(body)]
        if choose.random() < 0.6:
            lines.insert(0, choose.choice(_GREETINGS[language]))
        if choose.random() < 0.25:
            known = choose.random() < 0.5
            code = self._codes[service][matter] if known else self._code()
            lines.append(f"{self._sentences(body[:3])} {code}")
        if choose.random() < 0.6:
            lines.append(f"{choose.choice(_PARTINGS[language])}\n{self._signature()}")
        if choose.random() < 0.2:
            lines.append(_DISCLAIMERS[language])
        return Text(" ".join(title).capitalize(), "\n".join(lines), service, language)

    def _word(self, language: Language, service: int, matter: int, to_the_point: float) -> str:
        choose, shape = self._random, self._shape
        about = [shape.of_matter * to_the_point, shape.of_service * to_the_point]
        beside = [shape.of_others, shape.function_words / to_the_point]
        odds = [*about, *beside, 1 - sum(about) - sum(beside)]
        match choose.choices(("matter", "service", "other", "function", "general"), odds)[0]:
            case "matter":
                concept = choose.choices(self._matters[service][matter], cum_weights=self._weights[10])[0]
            case "service":
                concept = choose.choices(self._services[service], cum_weights=self._weights[25])[0]
            case "other":
                concept = choose.choices(choose.choice(self._services), cum_weights=self._weights[25])[0]
            case "function":
                return choose.choice(_FUNCTION[language].split())
            case _:
                concept = self._usual()
        return self._written(concept, language)

    def _written(self, concept: _Concept, language: Language) -> str:
        choose, shape = self._random, self._shape
        word = concept.names[language][choose.random() < shape.synonyms]
        if language == "nl" and choose.random() < shape.compounds:
            other = self._usual().names["nl"][0]
            word = word + other if choose.random() < 0.7 else other + word
        if choose.random() < shape.inflected:
            word += choose.choice(_ENDINGS[language])
        if choose.random() < shape.misspelt and len(word) > 4:
            at = choose.randrange(1, len(word) - 1)
            word = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word

    def _usual(self) -> _Concept:
        return self._random.choices(self._general, cum_weights=self._general_odds)[0]

    def _concept(self) -> _Concept:
        names: dict[Language, tuple[str, str]] = {
            language: (self._new(language), self._new(language)) for language in _SOUNDS
        }
        if self._random.random() < 0.2:  # as names of products: one word in both languages
            names["en"] = (names["nl"][0], names["en"][1])
        return _Concept(names)

    def _new(self, language: Language) -> str:
        choose = self._random.choice
        onsets, vowels, codas = (sounds.split() for sounds in _SOUNDS[language])
        while True:
            syllables = (choose(onsets) + choose(vowels) for _ in range(choose((1, 1, 2, 2, 2, 3))))
            word = "".join(syllables) + choose(codas)
            if word not in self._known:
                self._known.add(word)
                return word

    def _name(self) -> str:
        return self._new("nl").capitalize()

    def _code(self) -> str:
        kind, number = self._random.randrange(4), self._random.randrange(1, 10**5)
        return (
            f"0x8{number:07x}",
            f"ORA-{number:05}",
            f"srv-{self._new('en')}-{number % 100:02}.corp.example",
            f"C:\\{self._new('en')}\\{self._new('en')}.log",
        )[kind]

    def _signature(self) -> str:
        choose = self._random
        number = f"+31 20 {choose.randrange(100, 1000)} {choose.randrange(1000, 10000)}"
        return f"{choose.choice(self._people)}\n{number}"

    def _sentences(self, words: Sequence[str]) -> str:
        choose, sentences, begun = self._random, [], 0
        while begun < len(words):
            ends = begun + choose.randint(5, 14)
            sentences.append(" ".join(words[begun:ends]).capitalize() + ".")
            begun = ends
        return " ".join(sentences)


def corpus(seed: int, shape: Shape | None = None) -> Corpus:
    """The corpus of this seed."""
    shape = shape or Shape()
    writer = _Writer(seed, shape)
    return Corpus([writer.text() for _ in range(shape.texts)])
