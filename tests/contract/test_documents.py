"""Documents that are generated say what the code says."""

from pathlib import Path

from shared.settings import as_markdown

ROOT = Path(__file__).parents[2]


def test_the_operations_manual_lists_every_setting() -> None:
    manual = (ROOT / "docs/operations.md").read_text("utf-8")
    listed = manual.split("<!-- settings -->\n")[1].split("\n<!-- /settings -->")[0]
    assert listed.strip() == as_markdown().strip()
