"""The README of incident shows the lifecycle of the code; its tables of events are generated."""

import re
from pathlib import Path

import services.incident
from services.incident.lifecycles import INCIDENT

README = Path(services.incident.__file__).with_name("README.md").read_text("utf-8")


def test_the_readme_draws_the_lifecycle_of_the_table() -> None:
    shown = re.search(r"<!-- lifecycle -->\n(.*?)\n<!-- /lifecycle -->", README, re.DOTALL)
    assert shown
    assert shown[1] == f"```mermaid\n{INCIDENT.mermaid()}\n```"
