#!/bin/sh
# Starts RabbitMQ with the user, the rights and the limits of definitions.json; the password comes from the environment.
set -eu
definitions=/run/zeven/definitions.json
umask 077
sed "s|@PASSWORD@|${ZEVEN_BROKER_PASSWORD:?}|" /etc/zeven/definitions.json >"$definitions"
chown -R rabbitmq /run/zeven
exec docker-entrypoint.sh "$@"
