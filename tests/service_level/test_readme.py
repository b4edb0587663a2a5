"""The page about service level management shows the lifecycle and the events that the code has."""

import re
from pathlib import Path

import services.service_level
from services.service_level.clocks.rules.measurement import State
from services.service_level.lifecycles import AGREEMENT
from services.service_level.manifest import SERVICE
from shared.contracts.envelope import TYPES

README = Path(services.service_level.__file__).with_name("README.md").read_text("utf-8")


def section(title: str) -> set[str]:
    text = README.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"`(\w+\.\w+\.v\d+)`", text))


def test_the_readme_draws_the_lifecycle_of_the_table() -> None:
    shown = re.search(r"<!-- lifecycle -->\n(.*?)\n<!-- /lifecycle -->", README, re.DOTALL)
    assert shown
    assert shown[1] == f"```mermaid\n{AGREEMENT.mermaid()}\n```"


def test_the_readme_draws_every_state_of_a_clock() -> None:
    drawn = README.partition("## A clock\n")[2].partition("```\n")[0]
    assert {name for pair in re.findall(r"(\w+) --> (\w+)", drawn) for name in pair} == set(State)


def test_the_readme_names_every_event_that_is_handled() -> None:
    assert section("Events handled") == {name for name in TYPES if SERVICE.routes.of(name)}


def test_the_readme_names_every_event_that_is_published() -> None:
    published = {name for name, kind in TYPES.items() if kind.__module__ == "shared.contracts.service_level"}
    assert section("Events published") == published
