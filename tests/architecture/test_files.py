"""Limits on the size, name and place of files."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 300
NAMELESS = {"utils", "helpers", "common", "misc", "base"}
SOURCES = [path for top in ("services", "shared", "embedded_postgres", "cli") for path in (ROOT / top).rglob("*.py")]


def test_no_file_passes_three_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCES
        if "versions" not in path.parts and (lines := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}, "make each a package of the same name, cut by noun"


def test_every_file_is_named_after_what_it_holds() -> None:
    assert [str(path) for path in SOURCES if path.stem in NAMELESS] == []


def test_every_module_says_what_it_promises() -> None:
    undocumented = [
        str(path.relative_to(ROOT)) for path in SOURCES if not path.read_text("utf-8").startswith(('"""', "#!"))
    ]
    assert undocumented == []


def test_every_service_has_the_same_rooms() -> None:
    rooms = {"README.md", "__init__.py", "__main__.py", "access.py", "manifest.py", "migrations"}
    for service in (path for path in (ROOT / "services").iterdir() if (path / "access.py").exists()):
        there = {path.name for path in service.iterdir()}
        assert rooms <= there, service.name
        assert {"models", "models.py"} & there, f"{service.name} has no models"
