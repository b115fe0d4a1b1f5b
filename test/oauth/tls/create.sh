#!/bin/sh
# Makes the certificates of the TLS tests anew. They are worth nothing outside them: the keys lie beside them.
set -eu
cd "$(dirname "$0")"
DAYS=36500

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key.pem"; }

# leaf NAME SUBJECT-ALTERNATIVE-NAME [more openssl options]
leaf() {
  name=$1 san=$2
  shift 2
  key "$name"
  openssl req -new -key "$name.key.pem" -subj "/CN=$name" -addext "subjectAltName=$san" -out "$name.csr"
  openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key.pem -set_serial "$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')" \
    -copy_extensions copy "$@" -out "$name.pem"
  rm "$name.csr"
}

key ca
openssl req -x509 -new -key ca.key.pem -subj "/CN=test authority" -days $DAYS -out ca.pem
leaf good "DNS:localhost,IP:127.0.0.1" -days $DAYS
leaf wrong-name "DNS:elsewhere.example" -days $DAYS
leaf expired "DNS:localhost,IP:127.0.0.1" -days -1
key self-signed
openssl req -x509 -new -key self-signed.key.pem -subj "/CN=self-signed" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
  -days $DAYS -out self-signed.pem
rm ca.key.pem
