#!/usr/bin/env bash
# Starts PostgreSQL with TLS; it reads its key only where nobody else can.
set -euo pipefail
install --owner=postgres --mode=400 /etc/zeven/certificates/postgres.key /etc/zeven/certificates/postgres.pem /run/zeven
chown postgres /run/zeven
exec docker-entrypoint.sh "$@" -c ssl=on -c ssl_cert_file=/run/zeven/postgres.pem -c ssl_key_file=/run/zeven/postgres.key
