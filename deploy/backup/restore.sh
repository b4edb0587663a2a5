#!/usr/bin/env bash
# Puts a backup into an empty data folder: restore.sh zeven-20260101T020000Z
set -euo pipefail
backup=/backups/${1:?the name of a backup: `ls` the folder of backups}
[[ -f $backup/base.tar.gz ]] || { echo "there is no backup $1" >&2; exit 1; }
: "${PGDATA:?}"
[[ -z $(ls -A "$PGDATA" 2>/dev/null) ]] || { echo "the database is not empty: remove its volume first" >&2; exit 1; }
tar --extract --gzip --file "$backup/base.tar.gz" --directory "$PGDATA"
tar --extract --gzip --file "$backup/pg_wal.tar.gz" --directory "$PGDATA/pg_wal"
chown -R postgres:postgres "$PGDATA"
chmod 700 "$PGDATA"

as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
as_postgres pg_ctl --pgdata "$PGDATA" --wait --silent --options="-c listen_addresses='' -c unix_socket_directories=/tmp" start >/dev/null
# What the broker held at that moment is not in the backup. Events of the hour before it are published once more; inboxes recognise,
# for a day, those that they have handled.
for service in incident change knowledge service_level governance; do
  as_postgres psql --host=/tmp --username=postgres --dbname="$service" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
UPDATE event SET published_at = NULL WHERE published_at > (SELECT max(published_at) - interval '1 hour' FROM event);
SQL
done
as_postgres pg_ctl --pgdata "$PGDATA" --wait --silent --mode=fast stop >/dev/null
echo "$1 is restored"
