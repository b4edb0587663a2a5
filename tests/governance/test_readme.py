"""The lifecycle in the README is the one in the code."""

from pathlib import Path

from services import governance
from services.governance.lifecycles import RETIREMENT


def test_the_readme_draws_the_lifecycle_of_the_code() -> None:
    readme = (Path(governance.__file__).parent / "README.md").read_text("utf-8")
    drawn = readme.partition("<!-- lifecycle -->")[2].partition("<!-- /lifecycle -->")[0]
    assert drawn.strip() == f"```mermaid\n{RETIREMENT.mermaid()}\n```"
