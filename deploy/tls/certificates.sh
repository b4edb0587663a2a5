#!/bin/sh
# Certificates for the composed PostgreSQL and RabbitMQ, from an authority of their own, in deploy/tls/certificates.
# With certificates of your organisation, put files with these names there instead.
set -eu
umask 077
folder=${1:-$(dirname "$0")/certificates}
mkdir -p "$folder"
cd "$folder"
[ ! -e authority.key ] || { echo "$folder has certificates, which are not changed: remove it to start over" >&2; exit 1; }
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj '/CN=Zeven' \
  -addext 'keyUsage=critical,keyCertSign,cRLSign' \
  -keyout authority.key -out authority.pem 2>/dev/null
for name in postgres rabbitmq; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr" 2>/dev/null
  # Python verifies strictly: every one of these must be there.
  printf '%s\n' "subjectAltName=DNS:$name" basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
    extendedKeyUsage=serverAuth subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >"$name.ext"
  openssl x509 -req -in "$name.csr" -CA authority.pem -CAkey authority.key -CAcreateserial -days 825 -extfile "$name.ext" \
    -out "$name.pem" 2>/dev/null
  rm "$name.csr" "$name.ext"
done
# Every service reads the authority's certificate, whoever it runs as; the keys stay private.
chmod 755 .
chmod 644 authority.pem
