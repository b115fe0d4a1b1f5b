"""Fernet tokens made by, and read with, Python's `cryptography`, an implementation that shares no code with this one.

    python3 interop.py make > python-tokens.json
        new tokens, with the library's version in the file
    node seal-fixture.ts | python3 interop.py verify > sealed-here.json
        opens what the broker sealed and compares; prints it with the library's version, or fails
"""

import base64
import hashlib
import json
import sys

import cryptography
from cryptography.fernet import Fernet, MultiFernet

MESSAGES = {
    "an empty message": b"",
    "one byte less than a block": b"x" * 15,
    "exactly one block": b"x" * 16,
    "UTF-8 text": "a token – ключ 🔑".encode(),
    "every byte value": bytes(range(256)),
    "4 KiB": b"0123456789abcdef" * 256,
}

PINS = {"token_url": "https://acme.example/token", "issuer": None, "client_id": "clé-1"}


def pins_digest(pins: dict) -> str:
    text = json.dumps(sorted(pins.items()), separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


# The shape that src/crypto/envelope.ts documents, in another order and with Python's spacing.
ENVELOPE = {
    "secret": "made-by-python – ключ 🔑",
    "pins": pins_digest(PINS),
    "version": "9007199254740993",
    "field": "refresh_token",
    "row": ["default", "7f1cfd3e-0000-4000-8000-000000000001", "user 1", "acme", "", ""],
    "table": "connection_tokens",
    "v": 1,
}


def made_by() -> dict:
    return {"name": "cryptography (Python)", "version": cryptography.__version__}


def print_json(value: dict) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def make() -> None:
    first, second = Fernet.generate_key(), Fernet.generate_key()
    tokens = [
        {
            "what": what,
            "key": first.decode(),
            "token": Fernet(first).encrypt(message).decode(),
            "plaintextBase64": base64.b64encode(message).decode(),
        }
        for what, message in MESSAGES.items()
    ]
    ring = MultiFernet([Fernet(second), Fernet(first)])
    sealed = {
        "keys": f"{second.decode()},{first.decode()}",
        "ciphertext": ring.encrypt(json.dumps(ENVELOPE).encode()).decode(),
        "pins": PINS,
        "envelope": ENVELOPE,
    }
    print_json({"madeBy": made_by(), "tokens": tokens, "sealed": sealed})


def verify() -> None:
    fixture = json.load(sys.stdin)
    plaintext = Fernet(fixture["key"]).decrypt(fixture["ciphertext"])
    if json.loads(plaintext) != fixture["envelope"]:
        sys.exit("the token opens, but does not hold the expected envelope")
    if fixture["envelope"]["pins"] != pins_digest(fixture["pins"]):
        sys.exit("the envelope's digest is not that of the pins")
    print_json({**fixture, "verifiedBy": made_by()})


if __name__ == "__main__":
    {"make": make, "verify": verify}[sys.argv[1]]()
