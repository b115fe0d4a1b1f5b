#!/bin/sh
# Makes the certificates of this folder, good for a hundred years where nothing else is said. All leaves have one key; nothing here is a secret.
set -eu
cd "$(dirname "$0")"
days=36500

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key.pem"; }

root() { # name
  key "$1"
  openssl req -x509 -new -key "$1.key.pem" -days $days -subj "/CN=$1" -out "$1.pem" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
}

sign() { # name issuer days extensions...
  name=$1 issuer=$2 valid=$3
  shift 3
  key_file=leaf.key.pem
  [ -f "$name.key.pem" ] && key_file="$name.key.pem"
  printf '%s\n' "$@" > ext.tmp
  openssl req -new -key "$key_file" -subj "/CN=$name" -out csr.tmp
  openssl x509 -req -in csr.tmp -CA "$issuer.pem" -CAkey "$issuer.key.pem" -days "$valid" -extfile ext.tmp -out "$name.pem" 2>/dev/null
  rm csr.tmp ext.tmp
}

leaf="basicConstraints=critical,CA:FALSE"
sign_only="keyUsage=critical,digitalSignature"
billing="spiffe://corp.example/ns/billing/sa/api"

root corp
root other
key leaf
key between
key below
sign between corp $days "basicConstraints=critical,CA:TRUE,pathlen:0" "keyUsage=critical,keyCertSign"
sign below between $days "basicConstraints=critical,CA:TRUE" "keyUsage=critical,keyCertSign"
sign good corp $days "$leaf" "$sign_only" "extendedKeyUsage=serverAuth,clientAuth" "subjectAltName=URI:$billing,DNS:api.billing"
sign by-between between $days "$leaf" "$sign_only" "subjectAltName=URI:$billing"
sign too-deep below $days "$leaf" "$sign_only" "subjectAltName=URI:$billing"
sign ops corp $days "$leaf" "$sign_only" "subjectAltName=URI:spiffe://corp.example/ns/ops/sa/admin"
sign of-other other $days "$leaf" "$sign_only" "subjectAltName=URI:spiffe://other.example/ns/billing/sa/api"
sign two-uris corp $days "$leaf" "$sign_only" "subjectAltName=URI:$billing,URI:spiffe://corp.example/ns/ops/sa/admin"
sign no-uri corp $days "$leaf" "$sign_only" "subjectAltName=DNS:api.billing"
sign no-names corp $days "$leaf" "$sign_only"
sign authority corp $days "basicConstraints=critical,CA:TRUE" "keyUsage=critical,keyCertSign,digitalSignature" "subjectAltName=URI:$billing"
sign cert-sign corp $days "$leaf" "keyUsage=critical,digitalSignature,keyCertSign" "subjectAltName=URI:$billing"
sign for-servers corp $days "$leaf" "$sign_only" "extendedKeyUsage=serverAuth" "subjectAltName=URI:$billing"
sign must-not-sign corp $days "$leaf" "keyUsage=critical,keyAgreement" "subjectAltName=URI:$billing"
# The names of a trust domain, signed by the authority of another.
sign wrong-domain other $days "$leaf" "$sign_only" "subjectAltName=URI:$billing"
sign unknown-domain corp $days "$leaf" "$sign_only" "subjectAltName=URI:spiffe://unknown.example/ns/billing"
# CVE-2021-44532: one DNS name that reads like two names once they are joined.
sign injected corp $days "$leaf" "$sign_only" "subjectAltName=@names" "[names]" "DNS.1=api, URI:$billing"
sign injected-uri corp $days "$leaf" "$sign_only" "subjectAltName=@names" "[names]" "URI.1=spiffe://corp.example/x, URI:$billing"
sign https-uri corp $days "$leaf" "$sign_only" "subjectAltName=URI:https://corp.example/ns/billing"
sign no-path corp $days "$leaf" "$sign_only" "subjectAltName=URI:spiffe://corp.example"
sign with-query corp $days "$leaf" "$sign_only" "subjectAltName=URI:$billing?x"
sign with-dots corp $days "$leaf" "$sign_only" "subjectAltName=URI:spiffe://corp.example/ns/../ops"
sign with-port corp $days "$leaf" "$sign_only" "subjectAltName=URI:spiffe://corp.example:443/ns/billing"
sign critical corp $days "$leaf" "$sign_only" "subjectAltName=URI:$billing" "1.2.3.4=critical,ASN1:NULL"
sign short corp 1 "$leaf" "$sign_only" "subjectAltName=URI:$billing"
openssl req -x509 -new -key leaf.key.pem -days $days -subj "/CN=self" -out self-signed.pem \
  -addext "$leaf" -addext "subjectAltName=URI:$billing"
# Of the authority's name, and not of its key.
key impostor
openssl req -x509 -new -key impostor.key.pem -days $days -subj "/CN=corp" -out impostor.pem \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
sign by-impostor impostor $days "$leaf" "$sign_only" "subjectAltName=URI:$billing"
rm -f between.key.pem below.key.pem impostor.key.pem other.key.pem corp.key.pem
