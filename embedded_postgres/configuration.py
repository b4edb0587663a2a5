"""How the embedded server is set up: safe first, then sized for a laptop with two cores."""

import os
import tempfile
from pathlib import Path

from embedded_postgres.folders import PORT

SUPERUSER = "postgres"

SETTINGS = """\
# Written at every start of the host; changes are lost.

# Reachable only through the socket.
listen_addresses = ''
port = {port}
unix_socket_directories = {socket_folder}
unix_socket_permissions = 0700
hba_file = {hba_file}
ident_file = {ident_file}
# Shown in the title of every process, so that the next host recognises them after a kill.
cluster_name = '{label}'

# No committed data may be lost.
fsync = on
full_page_writes = on
synchronous_commit = on

# Seven services with a pool each, their relays, and a person with psql.
max_connections = 200
# Leaves memory for an editor and a browser.
shared_buffers = 128MB
effective_cache_size = 1GB
maintenance_work_mem = 64MB
# Huge pages need a kernel setting.
huge_pages = off
# Less to write per checkpoint for a little processor time.
wal_compression = on
max_wal_size = 512MB
# Laptops and servers of today have SSDs.
random_page_cost = 1.1
# Queries are short: compiling them or splitting them among two cores costs more than it saves,
# and parallel workers need more shared memory than a container has by default.
jit = off
max_parallel_workers_per_gather = 0
# A service's password is 256 random bits: more iterations add no safety, and cost the event loop time per connection.
password_encryption = 'scram-sha-256'
scram_iterations = 1

# Only what needs attention; messages in English, times in UTC.
log_min_messages = warning
log_checkpoints = off
log_line_prefix = '%m [%p] %q%u '
log_timezone = 'UTC'
timezone = 'UTC'
lc_messages = 'C'
"""

LOGINS = f"""\
# The superuser is the operating system's account that runs the host; everybody else has a password.
local all {SUPERUSER} peer map=host
local all all scram-sha-256
"""


def write_configuration(folder: Path, label: str, socket_folder: Path, host: str) -> Path:
    """Write the server's three files in `folder` and return the one to start it with.

    `host` is the account that may be the superuser. The files hold no secret; the server's account only reads them.
    """
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    logins, accounts = folder / "pg_hba.conf", folder / "pg_ident.conf"
    _write(logins, LOGINS)
    _write(accounts, f'host "{host}" {SUPERUSER}\n')
    main = folder / "postgresql.conf"
    text = SETTINGS.format(
        port=PORT,
        label=label,
        # A list of names, so quoted twice: as a name in the list and as a value in the file.
        socket_folder=_quoted(f'"{socket_folder}"'),
        hba_file=_quoted(str(logins)),
        ident_file=_quoted(str(accounts)),
    )
    _write(main, text)
    return main


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _write(path: Path, text: str) -> None:
    """Replace `path` as a whole, so that nobody reads half a file, and a link in its place is not followed."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(descriptor, 0o644)
    Path(name).replace(path)
