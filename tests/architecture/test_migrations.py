"""Migrations are numbered without gaps and in one line, because an older version beside a newer one relies on it."""

import tomllib
from pathlib import Path

import pytest

from services.__main__ import SERVICES
from shared import migrate
from shared.version import VERSION

PACKAGES = ["shared", *(service.package for service in SERVICES)]


@pytest.mark.parametrize("package", PACKAGES)
def test_migrations_are_numbered_in_one_line(package: str) -> None:
    line = list(reversed(list(migrate.script(package).walk_revisions())))
    numbers = [f"{number:04d}" for number in range(1, len(line) + 1)]
    assert [each.revision for each in line] == numbers
    assert [each.down_revision for each in line] == [None, *numbers[:-1]]


def test_the_code_and_its_package_have_one_version() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
