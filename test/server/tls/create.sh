#!/bin/sh
# Makes the certificates of the listener's TLS tests anew. They are worth nothing outside them: the keys lie beside them.
set -eu
cd "$(dirname "$0")"
DAYS=36500

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key.pem"; }

# authority NAME
authority() {
  key "$1"
  openssl req -x509 -new -key "$1.key.pem" -subj "/CN=$1" -days $DAYS -out "$1.pem"
}

# leaf NAME AUTHORITY SUBJECT-ALTERNATIVE-NAME [more openssl options]
leaf() {
  name=$1 authority=$2 san=$3
  shift 3
  key "$name"
  openssl req -new -key "$name.key.pem" -subj "/CN=$name" -addext "subjectAltName=$san" -out "$name.csr"
  openssl x509 -req -in "$name.csr" -CA "$authority.pem" -CAkey "$authority.key.pem" \
    -set_serial "$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')" -copy_extensions copy "$@" -out "$name.pem"
  rm "$name.csr"
}

authority servers
for name in one two three; do leaf "server-$name" servers "DNS:localhost,IP:127.0.0.1" -days $DAYS; done

# Two trust domains, and one that nobody believes.
authority alpha-authority
authority beta-authority
authority stranger-authority
leaf alpha alpha-authority "URI:spiffe://alpha.example/billing" -days $DAYS
leaf beta beta-authority "URI:spiffe://beta.example/billing" -days $DAYS
leaf ended alpha-authority "URI:spiffe://alpha.example/billing" -days -1
leaf stranger stranger-authority "URI:spiffe://alpha.example/billing" -days $DAYS

# Names that lead from alpha to beta, and no signature that does: who signed it is nobody's authority.
mkdir forger
key forger/beta
openssl req -x509 -new -key forger/beta.key.pem -subj "/CN=beta-authority" -days $DAYS -out forger/beta.pem
key forger/between
openssl req -new -key forger/between.key.pem -subj "/CN=alpha-authority" -out forger/between.csr
openssl x509 -req -in forger/between.csr -CA forger/beta.pem -CAkey forger/beta.key.pem -set_serial 7 -days $DAYS -out between.pem
rm -r forger ./*-authority.key.pem servers.key.pem
