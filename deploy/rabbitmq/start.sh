#!/bin/sh
# Starts RabbitMQ with the users, the rights and the limits of definitions.json; the passwords come from the environment.
set -eu
template=/etc/zeven/definitions.json
definitions=/run/zeven/definitions.json
script=
for variable in $(sed -n 's/.*"@\(ZEVEN_[A-Z_]*\)@".*/\1/p' "$template"); do
  value=$(printenv "$variable") || true
  [ -n "$value" ] || { echo "$variable is not set: run \`make env\` first" >&2; exit 1; }
  case $value in
    *[!A-Za-z0-9_-]*) echo "$variable may have letters, digits, - and _ only" >&2; exit 1 ;;
  esac
  script="$script;s|@$variable@|$value|"
done
umask 077
sed "$script" "$template" >"$definitions"
chown -R rabbitmq /run/zeven
exec docker-entrypoint.sh "$@"
