"""The README of service level management shows the lifecycle and the events of the code."""

import re
from pathlib import Path

import services.service_level
from services.service_level.clocks.rules.measurement import State
from services.service_level.lifecycles import AGREEMENT

README = Path(services.service_level.__file__).with_name("README.md").read_text("utf-8")


def test_the_readme_draws_the_lifecycle_of_the_table() -> None:
    shown = re.search(r"<!-- lifecycle -->\n(.*?)\n<!-- /lifecycle -->", README, re.DOTALL)
    assert shown
    assert shown[1] == f"```mermaid\n{AGREEMENT.mermaid()}\n```"


def test_the_readme_draws_every_state_of_a_clock() -> None:
    drawn = README.partition("## A clock\n")[2].partition("```\n")[0]
    assert {name for pair in re.findall(r"(\w+) --> (\w+)", drawn) for name in pair} == set(State)
