"""The supervisor: starts the server, waits until it answers, starts it again when it ends, and stops it cleanly."""

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import structlog
from sqlalchemy import URL, NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from embedded_postgres.accounts import Account, host_account, server_account
from embedded_postgres.configuration import SUPERUSER, write_configuration
from embedded_postgres.errors import PostgresDidNotStart
from embedded_postgres.folders import PORT, HostLock, Layout, make_private, open_private
from embedded_postgres.processes import clear, gone
from embedded_postgres.programs import programs

log = structlog.get_logger(__name__)

START_SECONDS = 60.0
LONGEST_BACK_OFF_SECONDS = 30.0
LOG_BYTES = 10 * 1024 * 1024
# The server reads many variables (PGPORT, PGDATA …); it gets none that could change what is configured.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class EmbeddedPostgres:
    """A supervised PostgreSQL whose files lie in `data`; one process at a time is its host."""

    def __init__(self, data: Path) -> None:
        self._layout = Layout.of(data)
        self._lock: HostLock | None = None
        self._account: Account | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._watch: asyncio.Task[None] | None = None
        self._passwords: dict[str, str] = {}
        self._roles = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The process id of the server's main process, None while there is none."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def running(self) -> bool:
        """Whether the server runs and has accepted connections since its last start."""
        return self._ready and self.pid is not None

    async def start(self) -> None:
        """Start the server, wait until it accepts connections, and restart it when it ends; does nothing when it is started.

        Raises `DataFolderInUse`, `DataFolderUnreachable`, or `PostgresDidNotStart` after at most 60 seconds.
        """
        if self._lock is not None:
            return
        account = self._account = server_account(self._layout.cluster)
        self._layout.prepare(account)
        self._lock = HostLock(self._layout.data)
        try:
            binaries = await asyncio.to_thread(programs, self._layout.data, account)
            await clear(self._layout.cluster, self._layout.label)
            if not self._layout.cluster.exists():
                await self._create(binaries, account)
            await self._launch(binaries, account, START_SECONDS)
        except BaseException:
            await self.stop()
            raise
        self._watch = asyncio.create_task(self._keep_alive(binaries, account), name="embedded-postgres")

    async def stop(self) -> None:
        """Stop the server so that its next start needs no recovery; does nothing when it is stopped."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        if self._lock is None:
            return
        try:
            await self._end()
            await clear(self._layout.cluster, self._layout.label)
            with contextlib.suppress(OSError):
                self._layout.socket_folder(server_account(self._layout.cluster)).rmdir()
        finally:
            self._lock.release()
            self._lock = None

    async def ensure_database(self, name: str) -> None:
        """Create the database `name`, which only two logins may use: `<name>_owner`, and `name` with what the owner grants.

        Both get a password of this start. Raises `ValueError` for a name that is not a plain lower-case identifier, and
        `PostgresDidNotStart` when the database belongs to another login.
        """
        if re.fullmatch(r"[a-z][a-z0-9_]{0,56}", name) is None or name == SUPERUSER or name.startswith("pg_"):
            raise ValueError(f"{name!r} is not a valid name for a service's database, such as 'service_level'")
        owner = f"{name}_owner"
        engine = create_async_engine(self._url(name=SUPERUSER), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        async with self._roles, engine.connect() as superuser:
            # A statement that fails is written in the log; one with a password must not be.
            await superuser.execute(text("SET log_min_error_statement = panic"))
            for login in (owner, name):
                known = await superuser.scalar(text("SELECT true FROM pg_roles WHERE rolname = :name"), {"name": login})
                verb = "ALTER" if known else "CREATE"
                await superuser.execute(text(f"{verb} ROLE {login} LOGIN PASSWORD '{self._password(login)}'"))
            found = await superuser.scalar(
                text("SELECT datdba::regrole::text FROM pg_database WHERE datname = :name"), {"name": name}
            )
            if found not in (None, owner):
                raise PostgresDidNotStart(
                    f"The database {name} in {self._layout.data} belongs to {found}, not to {owner}: a state of Zeven before "
                    "the first release made it. Remove the folder, or set ZEVEN_DATA to another one."
                )
            if found is None:
                await superuser.execute(
                    text(
                        f"CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8' "
                        "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
                    )
                )
            await superuser.execute(text(f"REVOKE ALL ON DATABASE {name}, postgres, template1 FROM PUBLIC"))
            await superuser.execute(text(f"GRANT CONNECT ON DATABASE {name} TO {name}"))
        await engine.dispose()

    def url(self, name: str) -> str:
        """SQLAlchemy's address of the database `name` for its own login; valid until the host ends.

        It contains the password, which changes with every host: do not store it.
        """
        return self._url(name=name, login=name).render_as_string(hide_password=False)

    def owner_url(self, name: str) -> str:
        """The same for the login that owns the database: migrations use it, services do not."""
        return self._url(name=name, login=f"{name}_owner").render_as_string(hide_password=False)

    def _password(self, name: str) -> str:
        return self._passwords.setdefault(name, secrets.token_urlsafe(32))

    def _url(self, *, name: str, login: str | None = None) -> URL:
        account = self._account or server_account(self._layout.cluster)
        # The port is spelled out because asyncpg would otherwise take it from PGPORT.
        where = {"host": str(self._layout.socket_folder(account)), "port": str(PORT)}
        password = self._password(login) if login else None
        return URL.create(
            "postgresql+asyncpg", username=login or SUPERUSER, password=password, database=name, query=where
        )

    async def _create(self, binaries: Path, account: Account) -> None:
        """Make the database files beside their final place and move them there once they are complete on the disk."""
        fresh = self._layout.data / "postgres.new"
        if fresh.exists():
            await asyncio.to_thread(shutil.rmtree, fresh)
        make_private(fresh, account)
        options = [f"--pgdata={fresh}", f"--username={SUPERUSER}", "--auth=peer", "--encoding=UTF8", "--locale=C"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        log_start = self._log_size()
        process = self._spawn([binaries / "initdb", *options], account)
        try:
            await gone(lambda: process.poll() is None, START_SECONDS)
        finally:
            process.kill()
            process.wait()
        if process.returncode != 0:
            raise self._failure(f"The database in {self._layout.data} could not be created", log_start)
        fresh.rename(self._layout.cluster)
        folder = os.open(self._layout.data, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    async def _launch(self, binaries: Path, account: Account, seconds: float) -> None:
        """Start the server and wait until it takes connections; raises `PostgresDidNotStart` otherwise."""
        self._trim_log()
        socket_folder = self._layout.socket_folder(account)
        make_private(socket_folder, account)
        # A killed server leaves these files; their process id may belong to another program now. Only we use the folder.
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (socket_folder / name).unlink(missing_ok=True)
        main_file = write_configuration(self._layout.settings, self._layout.label, socket_folder, host_account().name)
        log_start = self._log_size()
        self._ready = False
        self._process = self._spawn(
            [binaries / "postgres", "-D", self._layout.cluster, "-c", f"config_file={main_file}"], account
        )
        in_time = await gone(lambda: self.pid is not None and not self._accepts(), seconds)
        if self.pid is None:
            raise self._failure(
                f"PostgreSQL in {self._layout.data} ended with code {self._process.returncode}", log_start
            )
        if not in_time:
            raise self._failure(
                f"PostgreSQL in {self._layout.data} is not ready after {seconds:.0f} seconds", log_start
            )
        self._ready = True

    def _accepts(self) -> bool:
        """Whether the running server has written in its pid file that it accepts connections."""
        try:
            lines = (self._layout.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        # The first line is the process id, the eighth and last the state.
        return lines[:1] == [str(self.pid)] and lines[7:8] == ["ready   "]

    async def _keep_alive(self, binaries: Path, account: Account) -> None:
        """Start the server again whenever it ends, at once the first time, then with waits that double."""
        clock = asyncio.get_running_loop().time
        wait = 0.0
        while True:
            since = clock()
            while self.pid is not None:
                await asyncio.sleep(0.1)
                self._trim_log()
            if clock() - since > 2 * LONGEST_BACK_OFF_SECONDS:
                wait = 0.0
            file = str(self._layout.log)
            log.error("PostgreSQL ended and is started again", code=self._code, wait_seconds=wait, log=file)
            await asyncio.sleep(wait)
            wait = min(max(2 * wait, 0.5), LONGEST_BACK_OFF_SECONDS)
            try:
                await clear(self._layout.cluster, self._layout.label)
                # No time limit: a recovery that is interrupted starts from the beginning.
                await self._launch(binaries, account, float("inf"))
            except (PostgresDidNotStart, OSError) as error:
                log.warning("PostgreSQL did not start", error=str(error))
            else:
                log.info("PostgreSQL accepts connections again", pid=self.pid)

    @property
    def _code(self) -> int | None:
        return self._process.returncode if self._process is not None else None

    async def _end(self) -> None:
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return
        for order, seconds in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
            process.send_signal(order)
            if await gone(lambda: process.poll() is None, seconds):
                return

    def _spawn(self, command: list[str | Path], account: Account) -> subprocess.Popen[bytes]:
        """Start a program that writes in the log, in a session of its own, so that Ctrl-C in the terminal does not stop it."""
        output = open_private(self._layout.log, os.O_WRONLY | os.O_APPEND)
        try:
            return subprocess.Popen(  # noqa: S603 - PostgreSQL's own programs
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,
                **account.popen,
            )
        except OSError as error:
            raise PostgresDidNotStart(f"{command[0]} cannot be started as {account.name}: {error}") from error
        finally:
            os.close(output)

    def _log_size(self) -> int:
        return self._layout.log.stat().st_size if self._layout.log.exists() else 0

    def _trim_log(self) -> None:
        """Keep the log below 10 MB; the lines before are in a second file."""
        if self._log_size() > LOG_BYTES:
            shutil.copyfile(self._layout.log, older := self._layout.log.with_suffix(".log.1"))
            older.chmod(0o600)
            # The server holds the file open for appending, so it is emptied rather than replaced.
            os.truncate(self._layout.log, 0)

    def _failure(self, what: str, log_start: int) -> PostgresDidNotStart:
        """The error `what`, with the last lines of the log after its first `log_start` bytes."""
        with self._layout.log.open("rb") as file:
            file.seek(log_start)
            lines = file.read().decode("utf-8", "replace").splitlines()[-10:]
        return PostgresDidNotStart("\n  ".join([f"{what}. The end of {self._layout.log}:", *lines]))
