"""What `python -m services revision` writes passes `make check` as it is."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects.postgresql import JSONB

from shared.migrate import revision_text

ROOT = Path(__file__).parents[2]
RUFF = Path(sys.executable).with_name("ruff")


def adding(kind: Any, name: str = "remark") -> ops.MigrationScript:
    upgrade = ops.UpgradeOps([ops.AddColumnOp("party", sa.Column(name, kind, nullable=True))])
    return ops.MigrationScript(None, upgrade, ops.DowngradeOps([ops.DropColumnOp("party", name)]))


def checked(text: str) -> str:
    told = ""
    for command in (["check", "--quiet"], ["format", "--check", "--diff"]):
        name = "services/governance/migrations/versions/0002_add_remark.py"
        done = subprocess.run(
            [RUFF, *command, "--stdin-filename", name, "-"],
            input=text,
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        told += (done.stdout + done.stderr) if done.returncode else ""
    return told


@pytest.mark.parametrize("kind", [sa.String(), JSONB()], ids=str)
def test_a_new_migration_passes_the_checks(kind: Any) -> None:
    text = revision_text(adding(kind), 'Add "remark" to a party', "0002", "0001")
    assert checked(text) == ""
    assert 'revision = "0002"\ndown_revision = "0001"\n' in text
    assert ("postgresql" in text) == isinstance(kind, JSONB)
    compile(text, "0002.py", "exec")


def test_the_first_migration_follows_none() -> None:
    assert "down_revision = None\n" in revision_text(adding(sa.String()), "initial", "0001", None)


def test_without_the_formatter_the_migration_is_still_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    text = revision_text(adding(JSONB()), "add remark", "0002", "0001")
    compile(text, "0002.py", "exec")
    assert "from sqlalchemy.dialects import postgresql\n" in text
