"""Generated documents match the code."""

import re

import pytest

from tests.contract.write import GENERATED, ROOT, filled


@pytest.mark.parametrize(("name", "mark"), GENERATED, ids=map(" ".join, GENERATED))
def test_what_is_generated_is_what_the_code_says(name: str, mark: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert text == filled(text, mark, GENERATED[name, mark]()), "run `make contracts`"


def test_every_marked_place_is_generated() -> None:
    pages = ["docs/operations.md", *(str(path.relative_to(ROOT)) for path in ROOT.glob("services/*/README.md"))]
    marked = {
        (page, mark) for page in pages for mark in re.findall(r"<!-- (\w.*) -->", (ROOT / page).read_text("utf-8"))
    }
    assert marked == set(GENERATED)


def test_only_what_is_marked_is_written() -> None:
    page = "before\n<!-- table -->\nold\nolder\n<!-- /table -->\nafter\n"
    assert filled(page, "table", "new") == page.replace("old\nolder", "new")
    for wrong in ("", "<!-- table -->\n", page + page):
        with pytest.raises(ValueError, match="table"):
            filled(wrong, "table", "new")
