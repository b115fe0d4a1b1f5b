from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf.timestamp_pb2 import Timestamp
from tokenbroker.v1.token_pb2 import DegradedReason, GetTokenResponse


@dataclass(frozen=True)
class Usage:
    """How a request to the provider carries the token."""

    header_name: str
    header_prefix: str
    api_base_url: str
    allowed_origins: Sequence[str]
    """Those the token may be sent to; empty: the broker does not know."""


@dataclass(frozen=True)
class Degraded:
    """Why a token that works may not be followed by another."""

    reason: str
    """A DegradedReason without its prefix: "REAUTHORIZATION_REQUIRED", "PROVIDER_UNAVAILABLE"."""
    since: float | None
    next_attempt_at: float | None


@dataclass(frozen=True)
class Token:
    """An access token and what the broker says about it. Times are seconds since the epoch, as `time.time()` gives them."""

    access_token: str = field(repr=False)
    token_type: str
    expires_at: float | None
    """None: the provider did not say, or the token does not expire."""
    refresh_after: float | None
    """Until when a cache may serve the token; None: it may not."""
    scopes: Sequence[str]
    version: int
    """Names this access token. Grows, and never repeats for the same connection."""
    provider_metadata: Mapping[str, str] = field(repr=False)
    """What the provider said beside the token: instance URL, tenant, account ids."""
    usage: Usage
    degraded: Degraded | None
    received_at: float = field(repr=False)

    def is_valid_for(self, seconds: float, now: float) -> bool:
        """Whether it lives for this long. More than four fifths of the life it came with counts as that: the broker reads `min_ttl` so too, and without
        it a token of short life would be asked for on every call."""
        if self.expires_at is None:
            return True
        lifetime = self.expires_at - self.received_at
        return self.expires_at - now > min(seconds, lifetime * 0.8)


def from_message(message: GetTokenResponse, now: float) -> Token:
    usage = message.usage
    return Token(
        access_token=message.access_token,
        token_type=message.token_type,
        expires_at=_time_of(message.expires_at) if message.HasField("expires_at") else None,
        refresh_after=_time_of(message.refresh_after) if message.HasField("refresh_after") else None,
        scopes=tuple(message.scopes),
        version=message.version,
        provider_metadata=dict(message.provider_metadata),
        usage=Usage(usage.header_name, usage.header_prefix, usage.api_base_url, tuple(usage.allowed_origins)),
        degraded=_degraded_of(message),
        received_at=now,
    )


def _degraded_of(message: GetTokenResponse) -> Degraded | None:
    if not message.HasField("degraded"):
        return None
    degraded = message.degraded
    return Degraded(
        reason=_name_of(degraded.reason),
        since=_time_of(degraded.since) if degraded.HasField("since") else None,
        next_attempt_at=_time_of(degraded.next_attempt_at) if degraded.HasField("next_attempt_at") else None,
    )


def _name_of(reason: DegradedReason.ValueType) -> str:
    """A newer broker may know more reasons than this client."""
    return DegradedReason.Name(reason).removeprefix("DEGRADED_REASON_") if reason in DegradedReason.values() else str(reason)


def _time_of(timestamp: Timestamp) -> float:
    return timestamp.seconds + timestamp.nanos / 1e9
