#!/usr/bin/env bash
# Starts RabbitMQ with TLS; it runs as another user than the one that owns the key.
set -euo pipefail
install --directory --owner=rabbitmq --mode=700 /run/zeven/tls
install --owner=rabbitmq --mode=400 /etc/zeven-tls/certificates/{rabbitmq.key,rabbitmq.pem,authority.pem} /run/zeven/tls
exec /bin/sh /etc/zeven/start.sh "$@"
