#!/usr/bin/env bash
# Backups of the whole server while it works: one at once with the argument `now`, otherwise one each night.
# pg_basebackup copies every database as it was at one moment, so that the services' data fit together.
set -euo pipefail
umask 077
folder=/backups
# a bind mount belongs to whoever made the folder
chmod 700 "$folder"

backup() {
  local name
  name=zeven-$(date -u +%Y%m%dT%H%M%SZ)
  rm -rf "$folder/.unfinished"
  pg_basebackup --host=/var/run/postgresql --username=postgres --pgdata="$folder/.unfinished" \
    --format=tar --gzip --wal-method=stream --checkpoint=fast
  mv "$folder/.unfinished" "$folder/$name"
  # names sort by time; only complete backups have one
  find "$folder" -mindepth 1 -maxdepth 1 -type d -name 'zeven-*' | sort | head -n "-${ZEVEN_BACKUPS_KEPT:?}" | xargs -r rm -rf
  echo "$name"
}

if [[ ${1:-} == now ]]; then
  backup
  exit
fi
while true; do
  due=$(date -u -d "today ${ZEVEN_BACKUP_TIME:?}" +%s)
  (( due > $(date +%s) )) || due=$(date -u -d "tomorrow $ZEVEN_BACKUP_TIME" +%s)
  sleep $(( due - $(date +%s) )) &
  wait $!
  backup || echo "the backup failed and is tried again tomorrow" >&2
done
