"""Lifecycles as tables: which trigger moves a record from where to where, and what the move needs first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Facts = Mapping[str, object]
Guard = Callable[[Facts], str | None]


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a lifecycle: `trigger` takes a record from any of `sources` to `target`.

    `requires` names the facts that must be known (the record's fields and the move's own). A `guard` checks the facts
    and returns a sentence when it refuses. `roles` may fire it; without any, every role that may write at all. `event` is
    the class of the event that records the move.
    """

    trigger: str
    sources: tuple[str, ...]
    target: str
    requires: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    roles: tuple[str, ...] = ()
    event: Any = None
    label: str = ""

    def lacking(self, facts: Facts) -> tuple[str, ...]:
        """The required facts that are missing or empty."""
        return tuple(name for name in self.requires if facts.get(name) in (None, "", (), []))

    def refusals(self, facts: Facts) -> tuple[str, ...]:
        """Why guards refuse it; empty when none does."""
        return tuple(sentence for guard in self.guards if (sentence := guard(facts)))


@dataclass(frozen=True, slots=True)
class Option:
    """A move that somebody may fire from here: the facts it still lacks, and the sentences that say why it is not possible."""

    move: Move
    lacking: tuple[str, ...]
    because: tuple[str, ...]


class MoveNotPermitted(Exception):
    """The record's state has no such trigger, a required fact is missing, or a guard refuses.

    `permitted` names the moves that no guard refuses, `because` says why this one is refused.
    """

    def __init__(
        self,
        lifecycle: str,
        state: str,
        trigger: str,
        *,
        permitted: tuple[str, ...],
        lacking: tuple[str, ...] = (),
        because: tuple[str, ...] = (),
    ) -> None:
        self.lifecycle, self.state, self.trigger = lifecycle, state, trigger
        self.permitted, self.lacking, self.because = permitted, lacking, because
        why = [*because, *([f"it still lacks {', '.join(lacking)}"] if lacking else [])]
        super().__init__(f"{trigger} is not possible for this {lifecycle}: {'; '.join(why)}")


@dataclass(frozen=True)
class Lifecycle:
    """A table of moves. Raises `ValueError` at import when the table contradicts itself."""

    name: str
    initial: str
    moves: tuple[Move, ...]
    final: tuple[str, ...] = ()
    states: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = dict.fromkeys([self.initial])
        seen: set[tuple[str, str]] = set()
        for move in self.moves:
            names.update(dict.fromkeys((*move.sources, move.target)))
            for source in move.sources:
                if (source, move.trigger) in seen:
                    raise ValueError(f"{self.name}: {move.trigger} leaves {source} twice")
                seen.add((source, move.trigger))
        object.__setattr__(self, "states", tuple(names))
        unreached = set(names) - self._reached()
        if unreached:
            raise ValueError(f"{self.name}: nothing leads to {', '.join(sorted(unreached))}")
        stuck = {state for state in names if not self.leaving(state)} ^ set(self.final)
        if stuck:
            raise ValueError(
                f"{self.name}: a state is final when no move leaves it; correct {', '.join(sorted(stuck))}"
            )

    def _reached(self) -> set[str]:
        reached, frontier = {self.initial}, [self.initial]
        while frontier:
            for move in self.leaving(frontier.pop()):
                if move.target not in reached:
                    reached.add(move.target)
                    frontier.append(move.target)
        return reached

    def leaving(self, state: str) -> tuple[Move, ...]:
        """All moves from `state`, in the table's order."""
        return tuple(move for move in self.moves if state in move.sources)

    def permitted(self, state: str, roles: Iterable[str] | None = None) -> tuple[Move, ...]:
        """The moves from `state` that somebody with `roles` may fire (`None`: every role; no role at all: none)."""
        if roles is None:
            return self.leaving(state)
        held = set(roles)
        return tuple(move for move in self.leaving(state) if held and (not move.roles or held & set(move.roles)))

    def options(self, state: str, facts: Facts, roles: Iterable[str] | None = None) -> tuple[Option, ...]:
        """The moves from `state` that somebody with `roles` may fire, each with what it lacks and why it is refused."""
        return tuple(Option(m, m.lacking(facts), m.refusals(facts)) for m in self.permitted(state, roles))

    def knows(self, source: str, target: str) -> bool:
        """Whether any move leads from `source` to `target`."""
        return any(move.target == target for move in self.leaving(source))

    def fire(
        self,
        state: str,
        trigger: str,
        facts: Facts,
        roles: Iterable[str] | None = None,
        *,
        public: Callable[[str], str] = str,
    ) -> Move:
        """The move that `trigger` makes from `state`; `MoveNotPermitted` names what is possible and what is lacking.

        `public` gives the name of a state that people see.
        """
        options = {option.move.trigger: option for option in self.options(state, facts, roles)}
        option = options.get(trigger)
        if option is not None and not option.lacking and not option.because:
            return option.move
        others = (
            f"it takes one of the roles {', '.join(m.roles)}" for m in self.leaving(state) if m.trigger == trigger
        )
        raise MoveNotPermitted(
            self.name,
            state,
            trigger,
            permitted=tuple(name for name, other in options.items() if not other.because),
            lacking=option.lacking if option else (),
            because=option.because if option else tuple(others) or (f"it is {public(state)}",),
        )

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram, for documentation."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for move in self.moves:
            lines += [f"    {source} --> {move.target}: {move.label or move.trigger}" for source in move.sources]
        return "\n".join([*lines, *(f"    {state} --> [*]" for state in self.final)])
