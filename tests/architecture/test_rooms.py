"""The files of every service: each has its place, and imports only files below it."""

from functools import cache
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
#: what each file of a service may import of its own service; a file that is not named here must be given a place
BELOW: dict[str, set[str]] = {
    "__main__": {"manifest"},
    "manifest": {"api", "handlers", "jobs", "commands", "models", "settings"},
    "handlers": {"commands"},
    "jobs": {"commands"},
    "api": {"api", "schemas", "commands", "queries", "models", "lifecycles", "rules", "access"},
    "schemas": {"schemas", "lifecycles", "rules"},
    "commands": {"commands", "queries", "models", "lifecycles", "rules", "access", "settings"},
    "queries": {"queries", "models", "lifecycles", "rules", "access"},
    "models": {"models", "lifecycles", "rules"},
    "lifecycles": {"lifecycles", "rules"},
    "access": {"access", "lifecycles"},
    "rules": {"rules"},
    "settings": {"rules"},
}
#: other nouns of the service see none of these; schemas.py of the service itself belongs to all of them
OF_ONE_NOUN = {"api", "schemas"}
#: libraries and kernel modules that only these files import
ONLY_IN = {
    "sqlalchemy": {"models", "queries", "migrations"},
    "asyncpg": set(),
    "fastapi": {"api"},
    "starlette": {"api"},
    "shared.http": {"api", "schemas", "manifest"},
}
PURE = {"rules", "lifecycles"}
NOT_PURE = {"sqlalchemy", "asyncpg", "fastapi", "starlette", "pydantic", "asyncio", "shared.clock"}
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/access.py"))


@cache
def graph() -> grimp.ImportGraph:
    """Every import of the services."""
    return grimp.build_graph("services", "shared", include_external_packages=True, cache_dir=None)


def place(module: str) -> tuple[str, str, str]:
    """Service, noun (empty for the service's own files) and kind of file of a module."""
    _, service, *rest = module.split(".")
    if not rest:
        return service, "", "package"
    if rest[0] in BELOW or rest[0] == "migrations":
        return service, "", rest[0]
    return service, rest[0], rest[1] if len(rest) > 1 else "package"


def modules(service: str) -> list[str]:
    """The modules of a service."""
    return sorted(name for name in graph().modules if name.startswith(f"services.{service}."))


@pytest.mark.parametrize("service", SERVICES)
def test_every_file_has_a_place(service: str) -> None:
    kinds = {module: place(module)[2] for module in modules(service)}
    assert {module: kind for module, kind in kinds.items() if kind not in {*BELOW, "migrations", "package"}} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_a_file_imports_what_lies_below_it(service: str) -> None:
    wrong = []
    for module in modules(service):
        _, noun, kind = place(module)
        for imported in graph().find_modules_directly_imported_by(module):
            if not imported.startswith("services."):
                continue
            other, its_noun, its_kind = place(imported)
            if kind in ("migrations", "package") and other == service:
                continue
            strangers = its_kind in OF_ONE_NOUN and its_noun not in ("", noun) and kind != "manifest"
            if other != service or its_kind not in BELOW[kind] or strangers:
                wrong.append(f"{module} imports {imported}")
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
def test_libraries_stay_in_their_rooms(service: str) -> None:
    wrong = []
    for module in modules(service):
        kind = place(module)[2]
        for imported in graph().find_modules_directly_imported_by(module):
            for library, rooms in ONLY_IN.items():
                if (imported == library or imported.startswith(f"{library}.")) and kind not in rooms:
                    wrong.append(f"{module} imports {imported}")
            if kind in PURE and any(imported == each or imported.startswith(f"{each}.") for each in NOT_PURE):
                wrong.append(f"{module} imports {imported}, and rules are pure")
    assert wrong == []
