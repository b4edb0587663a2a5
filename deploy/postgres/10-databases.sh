#!/usr/bin/env bash
# One database per service, which only two logins may use: the owner, which runs the migrations, and the service's own, to which
# the migrations grant what it needs. Runs once, on an empty volume.
set -euo pipefail

# psql quotes the values itself: :"name" as an identifier, :'password' as a text.
for service in incident change knowledge service_level governance; do
  password=ZEVEN_DATABASE_PASSWORD_${service^^}
  psql --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
    --set=name="$service" --set=password="${!password:?}" \
    --set=owner="${service}_owner" --set=owner_password="${ZEVEN_MIGRATION_DATABASE_PASSWORD:?}" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"owner" TEMPLATE template0 ENCODING 'UTF8'
  LOCALE 'C.UTF-8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"name" TO :"name";
SQL
done
psql --username=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
  --command='REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'
