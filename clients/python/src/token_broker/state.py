"""What a token source knows, without threads, tasks or calls: both kinds of source keep one and guard it in their own way."""

from dataclasses import dataclass

from tokenbroker.v1.token_pb2 import TokenResult

from .errors import BrokerError, AuthorizationRequiredError
from .token import Token, from_message

TIMEOUT = 20.0
"""Seconds for calls without a timeout: what the broker itself allows a call."""
REFRESH_TIMEOUT = 3.0
"""How long a token that still works waits for news of the next."""
STALE_RETRY_AFTER = 1.0
"""How long it is served after a failed try before the next, where the broker named no time."""
STALE_MARGIN = 10.0
"""A token that ends within this is not served when the broker cannot be asked."""
SILENCE_BOUND = 75.0
"""The broker says something on a stream at least every 30 s. Silence for longer than this, and the connection counts as dead."""
REFUSED_WATCH_PAUSE = 60.0
"""How soon a watch that was refused is tried again, unless the broker has no watches at all."""


@dataclass(frozen=True)
class Ask:
    """One call to the broker that everybody in need waits for."""

    rejected: int
    """The version that the call tells the broker was rejected, or 0."""
    has_spare: bool
    """Whether a token is at hand that still works, so that nobody needs to wait long."""


class TokenState:
    def __init__(self, min_ttl: float) -> None:
        self._min_ttl = min_ttl
        self._cached: Token | None = None
        self._ask_after = 0.0
        self._rejected = 0
        self._reported = 0
        self.live = False
        """Whether the stream is up: the cached token is the current one, whatever `refresh_after` says."""

    def serve(self, now: float) -> Token | None:
        """The cached token, if nobody needs to be asked."""
        token = self._cached
        if token is None or token.version == self._rejected:
            return None
        if now < self._ask_after and token.is_valid_for(STALE_MARGIN, now):
            return token
        current = self.live or (token.refresh_after is not None and now < token.refresh_after)
        return token if current and token.is_valid_for(self._min_ttl, now) else None

    def ask(self, now: float) -> Ask:
        cached = self._cached
        has_spare = cached is not None and self._rejected == 0 and cached.is_valid_for(STALE_MARGIN, now)
        return Ask(self._rejected, has_spare)

    def reject(self, version: int) -> Token | bool:
        """A resource answered 401 to this version. A token: there is a newer one already. False: the broker knows and has no other. True: ask it."""
        if self._cached is not None and self._cached.version > version:
            return self._cached
        if self._reported >= version:
            return False
        self._rejected = version
        return True

    def must_ask_again(self, token: Token, ask: Ask) -> bool:
        """A resource refused this very token while it was under way."""
        return self._rejected == token.version and ask.rejected != token.version

    def succeed(self, token: Token, ask: Ask) -> Token:
        self._settle(ask.rejected)
        return self.store(token)

    def fail(self, error: BrokerError, ask: Ask, now: float) -> Token | None:
        """Judges a failed call: a token that still works is served on where waiting helps, and thrown away where it does not. None: the error is it."""
        if error.is_temporary:
            if ask.has_spare and self._cached is not None:
                self._ask_after = now + max(STALE_RETRY_AFTER, error.retry_after or 0.0)
                return self._cached
            return None
        # TOKEN_REJECTED leaves the token what it was: it works, for other requests than the one that was refused.
        if ask.rejected == 0 or isinstance(error, AuthorizationRequiredError):
            self._cached = None
        self._settle(ask.rejected)
        return None

    def store(self, token: Token) -> Token:
        """Keeps the newer of two: answers and pushes overtake each other."""
        if self._cached is None or token.version >= self._cached.version:
            self._cached, self._ask_after = token, 0.0
        return self._cached

    def push(self, result: TokenResult, now: float) -> None:
        """What the stream tells; a message without a result is a heartbeat."""
        self.live = True
        if result.HasField("token"):
            self.store(from_message(result.token, now))
        # What the grant died of is asked for by the next call, so that a person who has just authorized again is not told of yesterday.
        elif result.HasField("error") and not BrokerError(result.error).is_temporary:
            self._cached = None

    def _settle(self, version: int) -> None:
        """The broker knows of a rejection, whatever it made of it."""
        self._reported = max(self._reported, version)
        if self._rejected == version:
            self._rejected = 0
