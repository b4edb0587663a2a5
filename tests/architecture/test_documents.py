"""The files and sections that the documents refer to exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/importing.md", "docs/operations.md")
#: rooms of a service are named from the service on
PLACES = (ROOT, *(path.parent for path in (ROOT / "services").glob("*/manifest.py")))
#: made by running Zeven, not part of the repository
MADE = (".venv/", "data/")
#: stands for a name of one's own: `services/SERVICE`
TEMPLATE = re.compile(r"…|(?:^|/)[A-Z_]+(?:/|$)")
SUFFIXES = (".py", ".md", ".yml", ".json", ".toml", ".lock", ".conf", ".sh", ".html")


def named(document: Path) -> set[str]:
    """The paths of this repository that a document names, in code spans and as links; templates aside."""
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    spans = {word for span in re.findall(r"`([^`\n]+)`", text) for word in span.split()}
    paths = {
        word for word in spans if re.fullmatch(r"\.?[a-z][\w.-]*(/[\w.-]+)*/?", word) and not TEMPLATE.search(word)
    }
    links = {target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target}
    return {path for path in paths if "/" in path or path.endswith(SUFFIXES)} | (links - {""})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_a_document_names_exists(name: str) -> None:
    document = ROOT / name
    places = (*PLACES, document.parent)
    lost = {
        path
        for path in named(document)
        if not path.startswith(MADE) and not any((place / path).exists() for place in places)
    }
    assert lost == set(), f"{name} names what is not there"


def diffs(text: str) -> list[tuple[str, str]]:
    """The lines that the diffs of a document leave or remove, each with its file."""
    found = []
    for block in re.findall(r"```diff\n(.*?)```", text, flags=re.DOTALL):
        name = ""
        for line in block.splitlines():
            if line.startswith("# "):
                name = line[2:].partition(":")[0]
            elif line[:1] in " -" and line.strip():
                found.append((name, line[1:]))
    return found


def test_diffs_are_of_the_code_as_it_is() -> None:
    lines = diffs((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert len(lines) > 3
    assert [(name, line) for name, line in lines if line not in (ROOT / name).read_text("utf-8").splitlines()] == []


def test_the_paths_of_a_document_are_found(tmp_path: Path) -> None:
    (page := tmp_path / "page.md").write_text(
        "`shared/inbox.py` and `models.py`, `<package>/adr/`, `services/SERVICE`, `GET /x/y`\n[a](docs/b.md#c) [d](https://e.f/g)\n"
        "```sh\nls no/path\n```\n",
        "utf-8",
    )
    assert named(page) == {"shared/inbox.py", "models.py", "docs/b.md"}
