from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

from .connection import Connection

_DOMAIN = "tokenbroker"
_DETAILS = "grpc-status-details-bin"

_RECONNECT_REASONS = {"CONNECTION_NOT_FOUND", "REAUTHORIZATION_REQUIRED", "EXPIRED_NOT_REFRESHABLE", "MISSING_SCOPES"}


class BrokerError(Exception):
    """What an RPC failed with. Decide by `reason`, and by `code` where you do not know the reason: reasons are added, codes are not."""

    def __init__(self, status: Status) -> None:
        self.code: grpc.StatusCode = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
        self.reason: str = ""
        """An ErrorReason without its prefix, as docs/reference/errors.md lists them; empty when the broker was not reached."""
        self.metadata: Mapping[str, str] = {}
        self.retry_after: float | None = None
        """Seconds to wait before trying again."""
        self.fields: Mapping[str, str] = {}
        """What is wrong with the request: the path of each field and the cure."""
        self.request_id: str = ""
        """What to look for in the broker's log; set with INTERNAL."""
        for detail in status.details:
            self._take(detail)
        super().__init__(" ".join(filter(None, (self.code.name, self.reason))) + f": {status.message}")

    def _take(self, detail: AnyMessage) -> None:
        info, retry, request, bad = ErrorInfo(), RetryInfo(), RequestInfo(), BadRequest()
        if detail.Unpack(info) and info.domain == _DOMAIN:
            self.reason, self.metadata = info.reason, dict(info.metadata)
        elif detail.Unpack(retry):
            self.retry_after = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
        elif detail.Unpack(request):
            self.request_id = request.request_id
        elif detail.Unpack(bad):
            self.fields = {violation.field: violation.description for violation in bad.field_violations}

    @property
    def is_temporary(self) -> bool:
        """Whether waiting can help, without anybody's doing."""
        return self.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED) or bool(self.retry_after)

    @property
    def is_retryable(self) -> bool:
        """Of the codes that carry RetryInfo, and UNAVAILABLE without it: nobody answered."""
        return self.code is grpc.StatusCode.UNAVAILABLE or (
            self.code is grpc.StatusCode.RESOURCE_EXHAUSTED and bool(self.retry_after)
        )


@dataclass(frozen=True)
class ReconnectLink:
    """Where a person authorizes."""

    authorize_url: str
    """To be opened in the person's browser."""
    authorization_id: str
    """For GetAuthorization, which tells how it ended."""
    expires_at: float
    """Seconds since the epoch."""


class AuthorizationRequiredError(BrokerError):
    """Only the person can help, by authorizing (again)."""

    def __init__(self, status: Status, connection: Connection, reconnect: Reconnect) -> None:
        super().__init__(status)
        self.connection = connection
        self.missing_scopes: Sequence[str] = tuple(self.metadata.get("missing_scopes", "").split())
        """Those that were asked for and not granted; empty unless `reason` is MISSING_SCOPES."""
        self._reconnect = reconnect

    def reconnect_link(self, redirect_uri: str = "") -> ReconnectLink:
        """Begins an authorization: of the missing scopes beside those that were granted, else of the provider's usual ones. `redirect_uri` is where the
        browser goes afterwards; empty leaves that to the broker. Each call begins another: call it when the person is there."""
        return self._reconnect.start(self, redirect_uri)

    async def reconnect_link_async(self, redirect_uri: str = "") -> ReconnectLink:
        """`reconnect_link` of an `AsyncClient`."""
        return await self._reconnect.start_async(self, redirect_uri)


class OriginUnknownError(Exception):
    """Nobody says which origins the token is for, so the request was not sent."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        super().__init__(
            f"the broker does not know which origins this token is for: name {origin} in allowed_origins if it may go there"
        )


class Reconnect:
    """How a client begins an authorization: one of the two ways, each said aloud where it is the other's turn."""

    def start(self, error: AuthorizationRequiredError, redirect_uri: str) -> ReconnectLink:
        raise RuntimeError("this error is an AsyncClient's: await reconnect_link_async()")

    async def start_async(self, error: AuthorizationRequiredError, redirect_uri: str) -> ReconnectLink:
        raise RuntimeError("this error is a Client's: call reconnect_link()")


class SyncReconnect(Reconnect):
    def __init__(self, start: Callable[[AuthorizationRequiredError, str], ReconnectLink]) -> None:
        self._start = start

    def start(self, error: AuthorizationRequiredError, redirect_uri: str) -> ReconnectLink:
        return self._start(error, redirect_uri)


class AsyncReconnect(Reconnect):
    def __init__(self, start: Callable[[AuthorizationRequiredError, str], Awaitable[ReconnectLink]]) -> None:
        self._start = start

    async def start_async(self, error: AuthorizationRequiredError, redirect_uri: str) -> ReconnectLink:
        return await self._start(error, redirect_uri)


def error_of(status: Status, connection: Connection, reconnect: Reconnect) -> BrokerError:
    """Types what a call about one connection failed with."""
    error = BrokerError(status)
    return AuthorizationRequiredError(status, connection, reconnect) if error.reason in _RECONNECT_REASONS else error


def status_of(error: grpc.RpcError) -> Status:
    """Details travel in the trailers; what never reached the broker has none. Both kinds of gRPC error are a `grpc.Call` in this."""
    code, details, trailers = getattr(error, "code"), getattr(error, "details"), getattr(error, "trailing_metadata")
    for key, value in trailers() or ():
        if key == _DETAILS:
            return Status.FromString(value)
    return Status(code=code().value[0], message=details() or "")


def local_status(code: Code.ValueType, message: str) -> Status:
    return Status(code=code, message=message)


_CODES: dict[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}
