#!/usr/bin/env bash
# One database and one login per service; nobody may connect to a database but its owner. Runs once, on an empty volume.
set -euo pipefail

# psql quotes the values itself: :"name" as an identifier, :'password' as a text.
for service in incident change knowledge service_level governance; do
  password=ZEVEN_DATABASE_PASSWORD_${service^^}
  psql --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
    --set=name="$service" --set=password="${!password:?}" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0 ENCODING 'UTF8'
  LOCALE 'C.UTF-8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
psql --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
  --command='REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'
