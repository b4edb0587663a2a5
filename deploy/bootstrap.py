"""From a fresh clone to a running Zeven with nothing but Python: `python3 deploy/bootstrap.py run`.

The environment `.venv` is made once, from the locks and their hashes. A stamp file, written last, names the locks that were
installed: an interrupted installation continues, and a complete one is skipped.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "zeven-installed"
OLDEST = (3, 11)
# The tools that build the editable installation of the project itself.
BUILD_LOCK = "requirements-build.lock"
LOCKS = {"run": "requirements.lock", "test": "requirements-dev.lock"}
# The broker that `make test-connected` and `make bench` need: the package's name, and the folder of its program.
BROKER, DEBIAN = "rabbitmq-server", "/usr/lib/rabbitmq/bin"
# What `make test-tools` and `make generators` need: Debian's packages, by the program that each brings.
TOOLS = {"promtool": "prometheus", "kubectl": "kubernetes-client", "java": "default-jre-headless"}
# Debian runs this program to decide whether a service is started when it is installed.
POLICY = Path("/usr/sbin/policy-rc.d")
# The secrets that docker-compose.yml needs, with the number of random bytes.
SECRETS = {
    "ZEVEN_ADMIN_PASSWORD": 15,
    "ZEVEN_SECRET": 48,
    "ZEVEN_POSTGRES_PASSWORD": 24,
    "ZEVEN_MIGRATION_DATABASE_PASSWORD": 24,
    "ZEVEN_DATABASE_PASSWORD_INCIDENT": 24,
    "ZEVEN_DATABASE_PASSWORD_CHANGE": 24,
    "ZEVEN_DATABASE_PASSWORD_KNOWLEDGE": 24,
    "ZEVEN_DATABASE_PASSWORD_SERVICE_LEVEL": 24,
    "ZEVEN_DATABASE_PASSWORD_GOVERNANCE": 24,
    "ZEVEN_BUS_PASSWORD_INCIDENT": 24,
    "ZEVEN_BUS_PASSWORD_CHANGE": 24,
    "ZEVEN_BUS_PASSWORD_KNOWLEDGE": 24,
    "ZEVEN_BUS_PASSWORD_SERVICE_LEVEL": 24,
    "ZEVEN_BUS_PASSWORD_GOVERNANCE": 24,
    "ZEVEN_BUS_PASSWORD_MIGRATOR": 24,
}


class CannotContinue(Exception):
    """Something is missing; the text also says what to do about it."""


def run(arguments: list[str]) -> None:
    """Install what is needed, then start all services; arguments are passed on."""
    # The test environment holds the same versions of everything the services need.
    if not any(_installed(kind) for kind in LOCKS):
        _install("run")
    _replace_process(str(PYTHON), "-m", "services", *arguments)


def deps_of_tests(arguments: list[str]) -> None:
    """Install what the tests and checks need as well."""
    if arguments:
        raise CannotContinue(f"test-deps takes no arguments, and got: {' '.join(arguments)}")
    if not _installed("test"):
        _install("test")


def broker_for_tests(arguments: list[str]) -> None:
    """Install RabbitMQ from Debian's packages where the tests find none; needs root."""
    if arguments:
        raise CannotContinue(f"test-broker takes no arguments, and got: {' '.join(arguments)}")
    if os.environ.get("ZEVEN_TEST_BUS_URL") or shutil.which(
        BROKER, path=f"{DEBIAN}{os.pathsep}{os.environ.get('PATH', '')}"
    ):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise CannotContinue(
            "these tests need RabbitMQ. Set ZEVEN_TEST_BUS_URL to amqp://user:password@host/, or install the Debian package "
            f"(apt-get install {BROKER}); run as root on Debian they install it themselves."
        )
    _debian(BROKER)


def tools_for_tests(arguments: list[str]) -> None:
    """Install the programs that check alert rules and manifests, from Debian's packages; needs root."""
    if arguments:
        raise CannotContinue(f"test-tools takes no arguments, and got: {' '.join(arguments)}")
    lacking = [package for program, package in TOOLS.items() if shutil.which(program) is None]
    if lacking and (os.geteuid() != 0 or shutil.which("apt-get") is None):
        raise CannotContinue(f"install {' and '.join(lacking)}; as root on Debian these tests do it themselves.")
    if lacking:
        _debian(*lacking)


def secrets_for_compose(arguments: list[str]) -> None:
    """Write .env, or the file named, with fresh secrets for docker compose; an existing file is not changed."""
    if len(arguments) > 1:
        raise CannotContinue(f"env takes one file at most, and got: {' '.join(arguments)}")
    path = Path(arguments[0]) if arguments else ROOT / ".env"
    # Letters, digits, - and _ only: they need no escaping in URLs and JSON.
    lines = [f"{name}={secrets.token_urlsafe(size)}" for name, size in SECRETS.items()]
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotContinue(
            f"{path} exists and is not changed, because running databases have its passwords. "
            "Remove it together with the volumes (docker compose down -v) to start over."
        ) from None
    with os.fdopen(file, "w", encoding="utf-8") as env:
        env.write(
            "\n".join(["# Keep a copy: without ZEVEN_SECRET a restored database cannot sign tokens.", *lines, ""])
        )
    print(f"zeven: {path} is written; the password of admin is its ZEVEN_ADMIN_PASSWORD.")


COMMANDS = {
    "run": run,
    "test-deps": deps_of_tests,
    "test-broker": broker_for_tests,
    "test-tools": tools_for_tests,
    "env": secrets_for_compose,
}


def main() -> None:
    """Run the command that was given; exits with 1 and one readable message when that is impossible."""
    name, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if name not in COMMANDS:
        print("usage: python3 deploy/bootstrap.py COMMAND\n")
        print("\n".join(f"  {command:<12} {function.__doc__}" for command, function in COMMANDS.items()))
        sys.exit(0 if name in ("", "-h", "--help", "help") else 2)
    try:
        _require_python()
        COMMANDS[name](arguments)
    except CannotContinue as refusal:
        sys.exit(f"zeven: {refusal}")
    except KeyboardInterrupt:
        sys.exit("zeven: interrupted; the next start continues from here.")


def _require_python() -> None:
    """Continue with a Python that is new enough: this one, or the newest that is found by its name."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(14, OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other is not None:
            _replace_process(other, str(Path(__file__).resolve()), *sys.argv[1:])
    have = ".".join(map(str, sys.version_info[:3]))
    raise CannotContinue(
        f"Python 3.11 or newer is needed and {sys.executable} is {have}. "
        "Install a newer one, for instance: apt install python3.11 python3.11-venv"
    )


def _debian(*packages: str) -> None:
    """Install packages without the services that some of them start; the tests start their own."""
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
        POLICY.chmod(0o755)
    print(f"zeven: installing {', '.join(packages)} of Debian ...", flush=True)
    try:
        _apt("update")
        _apt("install", "--yes", "--no-install-recommends", *packages)
    finally:
        if ours:
            POLICY.unlink()


def _apt(*arguments: str) -> None:
    import subprocess

    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-qq", *arguments], env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip()[-500:]
        raise CannotContinue(f"apt-get {arguments[0]} failed:\n  {last}")


def _replace_process(program: str, *arguments: str) -> None:
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(program, [program, *arguments])


def _fingerprint(kind: str) -> str:
    """A value that changes with the locks, the project's description and the folder, and with nothing else."""
    digest = hashlib.sha256(os.fsencode(ROOT))
    for name in (LOCKS[kind], BUILD_LOCK, "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return f"{kind} {digest.hexdigest()}"


def _installed(kind: str) -> bool:
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text(encoding="utf-8") == _fingerprint(kind)


def _install(kind: str) -> None:
    if VENV.exists() and not os.access(VENV, os.W_OK):
        raise CannotContinue(f"{VENV} belongs to somebody else. Remove it, or run as its owner.")
    STAMP.unlink(missing_ok=True)
    _make_environment()
    for lock in (BUILD_LOCK, LOCKS[kind]):
        _pip(f"Installing {lock}", "--require-hashes", "-r", str(ROOT / lock))
    _pip("Installing Zeven itself", "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    half = STAMP.with_suffix(".half")
    half.write_text(_fingerprint(kind), encoding="utf-8")
    half.replace(STAMP)


def _make_environment() -> None:
    """Make `.venv`, also when the existing one does not work (another Python, a moved folder, an interrupted attempt)."""
    import subprocess

    if _works():
        return
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        package = f"python3.{sys.version_info[1]}-venv"
        raise CannotContinue(f"{sys.executable} cannot make environments. Install it: apt install {package}") from None
    print(f"zeven: making {VENV}", flush=True)
    try:
        venv.create(VENV, clear=True, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotContinue(f"{VENV} cannot be made: {error}") from error


def _works() -> bool:
    """Whether pip in `.venv` works; in a moved `.venv` the scripts still name the old folder and do not start."""
    import subprocess

    pip = VENV / "bin" / "pip"
    if not (PYTHON.exists() and pip.exists() and str(VENV) in pip.read_text(encoding="utf-8")):
        return False
    question = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([PYTHON, "-c", question], capture_output=True, check=False).returncode == 0


def _pip(what: str, *arguments: str) -> None:
    """Run `pip install` with one line of progress; raises `CannotContinue` with pip's own reason."""
    import subprocess

    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    # The user's own settings of these two would contradict the arguments.
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_HASHES": "0", "PYTHONUNBUFFERED": "1"}
    live = sys.stdout.isatty()
    print(f"zeven: {what}", end="" if live else " ...\n", flush=True)
    output: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            output.append(line.strip())
            if live and (step := _step(line.split())):
                print(f"\r\033[Kzeven: {what}: {step}"[:100], end="", flush=True)
    if live:
        print(f"\r\033[Kzeven: {what}: {'failed' if pip.returncode else 'done'}", flush=True)
    if pip.returncode != 0:
        raise CannotContinue(_reason(output))


def _step(words: list[str]) -> str:
    """A line of pip's output as a progress text; empty when there is nothing to show."""
    if "Retrying" in words:
        return "the package index does not answer, trying again"
    if words[:1] == ["Collecting"]:
        return words[1]
    return "installing the packages" if words[:2] == ["Installing", "collected"] else ""


def _reason(output: list[str]) -> str:
    """The last errors of pip, and what to do about them."""
    errors = [line for line in output if line.startswith("ERROR")] or output[-3:]
    everything = "\n".join(output).lower()
    advice = "Correct that and start again; the installation continues where it stopped."
    if any(sign in everything for sign in ("timed out", "connection broken", "max retries", "could not fetch url")):
        advice = "The package index cannot be reached: check the network, HTTPS_PROXY and PIP_INDEX_URL; start again."
    elif "do not match the hashes" in everything:
        advice = "A package differs from the one that was locked. Do not install it; find out where your package index got it."
    elif "no space left" in everything:
        advice = f"The disk that holds {VENV} or the temporary folder is full."
    return "\n  ".join(["the installation failed:", *errors[:3], advice])


if __name__ == "__main__":
    main()
