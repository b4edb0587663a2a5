"""How good suggestions are beside plain BM25 over the same texts, and how long one takes among many items."""

import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any, Literal, get_args
from uuid import UUID, uuid4

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from services.knowledge.manifest import SERVICE
from services.knowledge.models import TEXT, KnowledgeItem, Version
from services.knowledge.suggestions.queries import fitting_items
from shared import clock
from shared.runtime import Running
from tests.bench.bm25 import Ranking
from tests.bench.corpus import Corpus, Shape, Text, corpus
from tests.bench.report import Better, Figures
from tests.world import as_owner, postgres, world

QUALITY = "Suggestions beside plain BM25 over the same texts: how often an item about the right service is among them"
TIME = "A suggestion among many items"
MOST = 5
AT_ONCE = 500
Part = Literal["symptom", "body"]


@dataclass(frozen=True)
class Plan:
    """The seeds of the texts, their shape, and the number of items among which a suggestion is timed."""

    seeds: tuple[int, ...]
    shape: Shape
    items: int


@dataclass(frozen=True)
class Hits:
    """The shares of calls for which the first, or one of the first five, is right."""

    first: float
    five: float

    @classmethod
    def of(cls, calls: Sequence[Text], found: Sequence[Sequence[Text]]) -> "Hits":
        """The hits of these answers."""
        right = [[text.service == call.service for text in texts] for call, texts in zip(calls, found, strict=True)]
        return cls(sum(any(one[:1]) for one in right) / len(right), sum(any(one[:MOST]) for one in right) / len(right))


def bm25(texts: Corpus) -> Hits:
    """The hits of plain BM25."""
    ranking = Ranking([article.whole for article in texts.articles])
    found = [[texts.articles[place] for place in ranking.best(call.whole, MOST)] for call in texts.calls]
    return Hits.of(texts.calls, found)


async def fill(running: Running, texts: Sequence[Text], part: Part) -> dict[UUID, Text]:
    """Make current items of these texts, with the description in this part; the texts by the id of their item."""
    made: dict[UUID, Text] = {}
    for begin in range(0, len(texts), AT_ONCE):
        async with running.work(SERVICE.actor) as work:
            for place, text in enumerate(texts[begin : begin + AT_ONCE], begin):
                item = KnowledgeItem(
                    number=f"KI-{place + 1:06}",
                    ki_type="solution_article",
                    state="current",
                    title=text.title,
                    language=text.language,
                    audience="internal",
                    registered_by="tests",
                    current_version=1,
                    current_at=clock.now(),
                )
                version = Version(
                    ki_id=item.id,
                    number=1,
                    ki_type=item.ki_type,
                    state="current",
                    title=item.title,
                    symptom=text.description if part == "symptom" else None,
                    body=text.description if part == "body" else "See the note.",
                    keywords=[],
                    attributes={},
                    language=item.language,
                    audience=item.audience,
                    authors=["tests"],
                    current_at=item.current_at,
                )
                work.insert(item, version)
                made[item.id] = text
    return made


async def fill_at_once(running: Running, texts: Sequence[Text]) -> None:
    """The same for many texts: their words are indexed at the end, as they are by an upgrade."""
    await as_owner(running, "ALTER TABLE ki_version DISABLE TRIGGER ki_index_version")
    await fill(running, texts, "symptom")
    await as_owner(running, f"DROP INDEX {', '.join(str(index.name) for index in TEXT.indexes)}")
    await as_owner(running, "SELECT ki_index_all()")
    for index in TEXT.indexes:
        await as_owner(running, str(CreateIndex(index).compile(dialect=postgresql.dialect())))  # type: ignore[no-untyped-call]
    await as_owner(running, "ALTER TABLE ki_version ENABLE TRIGGER ki_index_version")


async def empty(running: Running) -> None:
    """Delete all items."""
    async with running.work(SERVICE.actor) as work:
        for table in (Version, KnowledgeItem):
            await work.session.execute(table.__table__.delete())  # type: ignore[attr-defined]


async def suggested(running: Running, calls: Sequence[Text]) -> tuple[list[list[UUID]], list[float]]:
    """What is suggested for each call, best first, and how many milliseconds each took."""
    found, times = [], []
    for call in calls:
        identity = uuid4()
        incident = {"incident_id": identity, "title": call.title, "description": call.description, "named": []}
        begun = time.perf_counter()
        async with running.work(SERVICE.actor) as work:
            items = await fitting_items(work, [incident])
        times.append((time.perf_counter() - begun) * 1000)
        found.append([item["ki_id"] for item in items.get(identity, ())])
    return found, times


async def hits(running: Running, texts: Corpus, part: Part) -> Hits:
    """The hits of suggestions, with the articles' descriptions in this part."""
    await empty(running)
    items = await fill(running, texts.articles, part)
    found, _ = await suggested(running, texts.calls)
    return Hits.of(texts.calls, [[items[identity] for identity in ids] for ids in found])


async def measure(figures: Figures, side: str, plan: Plan, folder: Path) -> None:
    """Add the figures of this checkout."""
    async with AsyncExitStack() as stack:
        make: Callable[[str], Any] = await stack.enter_async_context(postgres(folder / "data"))
        running = (await stack.enter_async_context(world((SERVICE,), make))).running("knowledge")
        for seed in plan.seeds:
            texts = corpus(seed, plan.shape)
            plain = bm25(texts)
            for part in get_args(Part):
                ours = await hits(running, texts, part)
                row = f"seed {seed}, {len(texts.articles):,} items, the description in {part}"
                columns: dict[str, tuple[float, Better]] = {}
                for name, own, other in (("hit@1", ours.first, plain.first), ("hit@5", ours.five, plain.five)):
                    columns |= {
                        name: (own, "more"),
                        f"{name} of BM25": (other, "neither"),
                        f"{name} times": (own / other, "more"),
                    }
                figures.add(QUALITY, row, side, **columns)
        await empty(running)
        texts = corpus(plan.seeds[0], Shape(services=600, texts=plan.items * 5 // 4))
        await fill_at_once(running, texts.articles)
        calls = texts.calls[:300]
        await suggested(running, calls[:50])
        _, times = await suggested(running, calls)
        cuts = quantiles(times, n=100)
        row = f"{len(texts.articles):,} items"
        figures.add(TIME, row, side, p50_ms=(cuts[49], "less"), p95_ms=(cuts[94], "less"), p99_ms=(cuts[98], "less"))
