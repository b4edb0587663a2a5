"""docs/operations.md is complete."""

import re
from pathlib import Path
from typing import get_args

from shared.security_log import Act

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "operations.md").read_text("utf-8")
PLACES = (
    "services",
    "shared",
    "cli",
    "deploy",
    "tests",
    ".ci",
    "docker-compose.yml",
    "Makefile",
    "README.md",
    "CONTRIBUTING.md",
)
SUFFIXES = {".py", ".sh", ".yml", ".json", ".conf", ".html", ".md", ".toml", ""}
PER_SERVICE = re.compile(r"(ZEVEN_(?:DATABASE|BUS|MIGRATION_DATABASE)_PASSWORD_).*")


def sources() -> list[Path]:
    found = [ROOT / place for place in PLACES]
    files = [path for place in found for path in ([place] if place.is_file() else place.rglob("*")) if path.is_file()]
    return [
        path for path in files if path.suffix in SUFFIXES and "released" not in path.parts and path != Path(__file__)
    ]


def explained(manual: str) -> set[str]:
    """The variables that have a row in a table."""
    rows = re.findall(r"^\| (`ZEVEN_.*?) \|", manual, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(.*?)`", row)}


def test_every_variable_that_anything_reads_is_explained() -> None:
    used = {
        (PER_SERVICE.sub(r"\1<SERVICE>", name), str(path.relative_to(ROOT)))
        for path in sources()
        for name in re.findall(r"\bZEVEN_[A-Z_]*[A-Z]_?\b", path.read_text("utf-8"))
    }
    assert len(used) > 50
    files = set(re.findall(r"`(ZEVEN_\w+_FILE)`: a file", MANUAL))
    assert {each for each in used if each[0] not in explained(MANUAL) | files} == set(), (
        "each needs a row in docs/operations.md"
    )


def test_no_variable_is_explained_that_nothing_reads() -> None:
    before, _, rest = MANUAL.partition("<!-- settings -->")
    everything = "\n".join(path.read_text("utf-8") for path in sources())
    by_hand = explained(before + rest.partition("<!-- /settings -->")[2])
    assert {name for name in by_hand if name.removesuffix("<SERVICE>") not in everything} == set()


def test_every_alert_says_what_it_means_and_what_to_do() -> None:
    alerts = re.findall(r"- alert: (\w+)", (ROOT / "deploy" / "observability" / "alerts.yml").read_text("utf-8"))
    table = MANUAL.partition("## Alerts")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    assert [alert for alert, _, _ in rows] == alerts


def test_every_act_of_the_security_log_is_explained() -> None:
    table = MANUAL.partition("## Security log")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?`) \| .+ \|$", table, re.MULTILINE)
    explained = [name for row in rows for name in re.findall("`(.*?)`", row)]
    assert sorted(explained) == sorted(("act", *get_args(Act)))


def test_the_policy_for_another_broker_is_that_of_the_composed_one() -> None:
    composed = (ROOT / "deploy" / "rabbitmq" / "definitions.json").read_text("utf-8")
    (definition,) = re.findall(r'"definition": (\{.*?\})', composed)
    assert f"'{definition}'" in MANUAL
