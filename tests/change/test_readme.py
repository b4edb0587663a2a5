"""The README of change shows the lifecycles of the code."""

import re
from pathlib import Path

import pytest

import services.change
from services.change.lifecycles import RFC, change_diagram

README = Path(services.change.__file__).with_name("README.md")


@pytest.mark.parametrize(("name", "diagram"), [("rfc", RFC.mermaid()), ("change", change_diagram())])
def test_the_readme_draws_the_lifecycle_of_the_table(name: str, diagram: str) -> None:
    shown = re.search(
        rf"<!-- lifecycle {name} -->\n(.*?)\n<!-- /lifecycle {name} -->", README.read_text("utf-8"), re.DOTALL
    )
    assert shown
    assert shown[1] == f"```mermaid\n{diagram}\n```"
