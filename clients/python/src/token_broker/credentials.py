import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .retry import FIRST_BACKOFF, MAX_BACKOFF

OPTIONS: list[tuple[str, int]] = [
    # Retries are this package's: it knows RetryInfo and the caller's deadline.
    ("grpc.enable_retries", 0),
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.initial_reconnect_backoff_ms", int(FIRST_BACKOFF * 1000)),
    ("grpc.min_reconnect_backoff_ms", int(FIRST_BACKOFF * 1000)),
    ("grpc.max_reconnect_backoff_ms", int(MAX_BACKOFF * 1000)),
]


@dataclass(frozen=True)
class Tls:
    """PEM texts: of the authority that signs the broker's certificate (None: gRPC's own list), and for mTLS of this caller's certificate and key."""

    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = None

    @classmethod
    def from_files(
        cls,
        ca: str | Path | None = None,
        certificate: str | Path | None = None,
        key: str | Path | None = None,
    ) -> "Tls":
        ca_pem, certificate_pem, key_pem = (Path(path).read_bytes() if path else None for path in (ca, certificate, key))
        return cls(ca_pem, certificate_pem, key_pem)

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a certificate and its key belong together")

    def __repr__(self) -> str:
        return "Tls(…)"


@dataclass(frozen=True)
class Target:
    address: str
    encrypted: bool


def parse_target(url: str, plaintext: bool) -> Target:
    """https://host:port, http://host:port or unix:///path."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return Target(f"unix:{parts.path}", encrypted=False)
    if parts.scheme not in ("http", "https") or parts.hostname is None:
        raise ValueError(f"{url!r} must begin with https://, http:// or unix://")
    encrypted = parts.scheme == "https"
    if not encrypted and not plaintext and not _is_loopback(parts.hostname):
        raise ValueError(
            f"{url} would carry tokens in the clear: use https://, or plaintext=True where the network itself encrypts"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Target(f"{host}:{parts.port or (443 if encrypted else 80)}", encrypted)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
