from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Protocol, TypeVar

import grpc
from google.rpc.code_pb2 import DEADLINE_EXCEEDED
from tokenbroker.v1.authorization_pb2 import StartAuthorizationRequest, StartAuthorizationResponse
from tokenbroker.v1.token_broker_service_pb2_grpc import TokenBrokerServiceStub
from tokenbroker.v1.token_pb2 import BatchGetTokensRequest, TokenResult, WatchTokenRequest

from .connection import Connection, TokenRequest
from .credentials import OPTIONS, Tls, parse_target
from .errors import (
    AuthorizationRequiredError,
    BrokerError,
    ReconnectLink,
    SyncReconnect,
    error_of,
    local_status,
    status_of,
)
from .retry import MAX_ATTEMPTS, delay_after, delay_before
from .state import REFRESH_TIMEOUT, REFUSED_WATCH_PAUSE, SILENCE_BOUND, TIMEOUT, Ask, TokenState
from .token import Token, from_message

MAX_BATCH = 100

Request = TypeVar("Request", contravariant=True)
Response = TypeVar("Response", covariant=True)
Metadata = tuple[tuple[str, str], ...]
Waiting = Callable[[BrokerError, float], None]


class Method(Protocol[Request, Response]):
    def __call__(self, request: Request, /, *, timeout: float, metadata: Metadata) -> Response: ...


class Client:
    """A connection to the broker at https://host:port, http://host:port or unix:///path. Safe to share between threads; one for each process is enough.

    `api_key` is a key or a function that gives one, asked before each call: a JWT of the platform that changes goes in so. It should cache.
    `watch=False` asks for a token when it is about to end, instead of being told of every change.
    `plaintext=True` allows http:// to hosts other than this machine: where a mesh encrypts underneath.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | Callable[[], str] | None = None,
        tls: Tls | None = None,
        plaintext: bool = False,
        watch: bool = True,
    ) -> None:
        target = parse_target(url, plaintext)
        if target.encrypted:
            chosen = tls or Tls()
            credentials = grpc.ssl_channel_credentials(chosen.ca, chosen.key, chosen.certificate)
            self._channel = grpc.secure_channel(target.address, credentials, OPTIONS)
        else:
            self._channel = grpc.insecure_channel(target.address, OPTIONS)
        self._api_key = api_key
        self.watches = watch
        self.rpc = TokenBrokerServiceStub(self._channel)
        """The generated client, for every RPC that has no method here. Send `metadata()` along."""
        self._sources: set[TokenSource] = set()

    def metadata(self) -> Metadata:
        """Who is calling."""
        if self._api_key is None:
            return ()
        key = self._api_key if isinstance(self._api_key, str) else self._api_key()
        return (("authorization", f"Bearer {key}"),)

    def token_source(
        self,
        connection: Connection,
        *,
        min_ttl: timedelta = timedelta(),
        required_scopes: Sequence[str] = (),
    ) -> TokenSource:
        """The source of one connection's tokens: keep one for each connection."""
        source = TokenSource(self, TokenRequest(connection, min_ttl, required_scopes))
        self._sources.add(source)
        return source

    def batch(self, sources: Sequence[TokenSource], *, timeout: float = TIMEOUT) -> list[Token | BrokerError]:
        """The tokens of many sources: cached ones without a call, the others a hundred to a call, and caches those. In the order of the sources; one
        that fails leaves the others alone and has its error in its place. Raises what is wrong with the whole."""
        deadline = time.monotonic() + timeout
        results: dict[int, Token | BrokerError] = {}
        missing: list[int] = []
        for index, source in enumerate(sources):
            token = source.peek()
            if token is None:
                missing.append(index)
            else:
                results[index] = token
        for start in range(0, len(missing), MAX_BATCH):
            part = missing[start : start + MAX_BATCH]
            asked = [sources[index].ask() for index in part]
            request = BatchGetTokensRequest(
                requests=[sources[index].request.message(ask.rejected) for index, ask in zip(part, asked)]
            )
            answer = self.call(self.rpc.BatchGetTokens, request, deadline)
            if len(answer.results) != len(part):
                raise RuntimeError("the broker answered another number of results than was asked for")
            for index, ask, result in zip(part, asked, answer.results):
                results[index] = sources[index].take(result, ask)
        return [results[index] for index in range(len(sources))]

    def call(
        self,
        method: Method[Request, Response],
        request: Request,
        deadline: float,
        *,
        attempts: int = MAX_ATTEMPTS,
        waiting: Waiting | None = None,
        connection: Connection | None = None,
    ) -> Response:
        """Calls what may be called again, until it answers or the deadline (of `time.monotonic()`) is too near. Raises BrokerError."""
        attempt = 1
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise BrokerError(local_status(DEADLINE_EXCEEDED, "the deadline passed"))
            try:
                return method(request, timeout=remaining, metadata=self.metadata())
            except grpc.RpcError as failure:
                error = self.error_of(failure, connection)
            delay = delay_after(error, attempt, attempts, deadline - time.monotonic())
            if delay is None:
                raise error
            if waiting is not None:
                waiting(error, time.monotonic() + delay)
            time.sleep(delay)
            attempt += 1

    def error_of(self, failure: grpc.RpcError, connection: Connection | None) -> BrokerError:
        status = status_of(failure)
        return BrokerError(status) if connection is None else error_of(status, connection, self.reconnect)

    @property
    def reconnect(self) -> SyncReconnect:
        return SyncReconnect(self._start_reconnect)

    def _start_reconnect(self, error: AuthorizationRequiredError, redirect_uri: str) -> ReconnectLink:
        request = start_request(error, redirect_uri)
        # Not retried: each call begins an authorization.
        answer = self.call(self.rpc.StartAuthorization, request, time.monotonic() + TIMEOUT, attempts=1)
        return link_of(answer)

    def close(self) -> None:
        """Ends the connection, and with it every call and watch on it."""
        for source in tuple(self._sources):
            source.close()
        self._channel.close()

    def forget(self, source: TokenSource) -> None:
        self._sources.discard(source)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def start_request(error: AuthorizationRequiredError, redirect_uri: str) -> StartAuthorizationRequest:
    connection = error.connection
    return StartAuthorizationRequest(
        connection_id=connection.connection_id,
        user_id=connection.user_id,
        provider=connection.provider,
        mcp_server_url=connection.mcp_server_url,
        namespace=connection.namespace,
        redirect_uri=redirect_uri,
        scopes=error.missing_scopes,
        keep_granted_scopes=len(error.missing_scopes) > 0,
    )


def link_of(answer: StartAuthorizationResponse) -> ReconnectLink:
    return ReconnectLink(answer.authorize_url, answer.authorization_id, answer.expires_at.seconds)


class TokenSource:
    """Gives the tokens of one connection. Safe to share between threads. Made by `Client.token_source`."""

    def __init__(self, client: Client, request: TokenRequest) -> None:
        self._client = client
        self.request = request
        self._state = TokenState(request.min_ttl.total_seconds())
        self._lock = threading.Lock()
        self._flight: _Flight | None = None
        self._watch: _Watch | None = None
        self._closed = False

    def get(self, *, timeout: float = TIMEOUT) -> Token:
        """A token that works now: the cached one, or what the broker answers. `timeout` (seconds) ends the wait of this caller alone."""
        deadline = time.monotonic() + timeout
        while True:
            with self._lock:
                self._start_watch()
                token = self._state.serve(time.time())
                if token is not None:
                    return token
                flight = self._join()
            token = flight.wait(deadline)
            with self._lock:
                if not self._state.must_ask_again(token, flight.ask):
                    return token

    def replace(self, version: int, *, timeout: float = TIMEOUT) -> Token | None:
        """A token in the place of one that a resource answered 401 to. The broker is told of each version once; None: it was, and there is no other
        token, so that the 401 is about a permission and not about age."""
        with self._lock:
            known = self._state.reject(version)
        if isinstance(known, Token):
            return known
        return self.get(timeout=timeout) if known else None

    def peek(self) -> Token | None:
        """The cached token if it may be served."""
        with self._lock:
            return self._state.serve(time.time())

    def ask(self) -> Ask:
        with self._lock:
            return self._state.ask(time.time())

    def take(self, result: TokenResult, ask: Ask) -> Token | BrokerError:
        """One result of a batch."""
        with self._lock:
            if result.HasField("token"):
                return self._state.succeed(from_message(result.token, time.time()), ask)
            error = error_of(result.error, self.request.connection, self._client.reconnect)
            return self._state.fail(error, ask, time.time()) or error

    def close(self) -> None:
        """Ends the source's watch. Tokens can still be asked for."""
        self._client.forget(self)
        with self._lock:
            self._closed = True
            if self._watch is not None:
                self._watch.stop()

    def _join(self) -> _Flight:
        if self._flight is None:
            self._flight = _Flight(self._state.ask(time.time()))
            # The call outlives the callers that began it: the next one has its answer.
            threading.Thread(target=self._fly, args=(self._flight,), name="token-broker-call", daemon=True).start()
        return self._flight

    def _fly(self, flight: _Flight) -> None:
        outcome: Token | Exception
        try:
            outcome = self._fetch(flight)
        except Exception as error:
            outcome = error
        with self._lock:
            self._flight = None
        flight.land(outcome)

    def _fetch(self, flight: _Flight) -> Token:
        client, ask = self._client, flight.ask
        timeout, attempts = (REFRESH_TIMEOUT, 1) if ask.has_spare else (TIMEOUT, MAX_ATTEMPTS)
        try:
            answer = client.call(
                client.rpc.GetToken,
                self.request.message(ask.rejected),
                time.monotonic() + timeout,
                attempts=attempts,
                waiting=flight.hold,
                connection=self.request.connection,
            )
        except BrokerError as error:
            with self._lock:
                token = self._state.fail(error, ask, time.time())
            if token is None:
                raise
            return token
        with self._lock:
            return self._state.succeed(from_message(answer, time.time()), ask)

    def _start_watch(self) -> None:
        if self._client.watches and self._watch is None and not self._closed:
            self._watch = _Watch(self._client, self.request, self._state, self._lock)


class _Flight:
    """One call to the broker, and those who wait for it, each for as long as its own deadline allows."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self._changed = threading.Condition()
        self._outcome: Token | Exception | None = None
        self._setback: tuple[BrokerError, float] | None = None

    def land(self, outcome: Token | Exception) -> None:
        with self._changed:
            self._outcome = outcome
            self._changed.notify_all()

    def hold(self, error: BrokerError, until: float) -> None:
        """The call waits to be tried again."""
        with self._changed:
            self._setback = (error, until)
            self._changed.notify_all()

    def wait(self, deadline: float) -> Token:
        with self._changed:
            while self._outcome is None:
                now = time.monotonic()
                # Nobody waits for a try that comes after the deadline: the caller learns what the last one failed with.
                if self._setback is not None and now < self._setback[1] and self._setback[1] > deadline:
                    raise self._setback[0]
                if now >= deadline:
                    raise BrokerError(local_status(DEADLINE_EXCEEDED, "the deadline passed"))
                self._changed.wait(deadline - now)
            if isinstance(self._outcome, Exception):
                raise self._outcome
            return self._outcome


class _Watch:
    """Holds one stream after another in a thread of its own. Without a stream the token is asked for by its times, as ever."""

    def __init__(self, client: Client, request: TokenRequest, state: TokenState, lock: threading.Lock) -> None:
        self._client = client
        self._request = request
        self._state = state
        self._lock = lock
        self._stopped = threading.Event()
        self._cancel: Callable[[], object] | None = None
        self._revision = 0
        threading.Thread(target=self._run, name="token-broker-watch", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        if self._cancel is not None:
            self._cancel()

    def _run(self) -> None:
        attempt = 1
        while not self._stopped.is_set():
            before = self._revision
            try:
                self._read()
                return
            except grpc.RpcError as failure:
                error = BrokerError(status_of(failure))
            except ValueError:
                # The channel is closed.
                return
            finally:
                with self._lock:
                    self._state.live = False
            if error.code is grpc.StatusCode.UNIMPLEMENTED:
                return
            attempt = 1 if self._revision != before else attempt + 1
            refused = not error.is_retryable and error.code is not grpc.StatusCode.CANCELLED
            self._stopped.wait(REFUSED_WATCH_PAUSE if refused else delay_before(attempt, error.retry_after))

    def _read(self) -> None:
        request = WatchTokenRequest(request=self._request.message(0), since_revision=self._revision)
        stream = self._client.rpc.WatchToken(request, metadata=self._client.metadata())
        self._cancel = stream.cancel
        silence = _Silence(stream.cancel)
        try:
            if self._stopped.is_set():
                stream.cancel()
            for event in stream:
                silence.broken()
                if event.revision > 0:
                    self._revision = event.revision
                with self._lock:
                    self._state.push(event.result, time.time())
        finally:
            silence.end()


class _Silence:
    """Ends a stream on which nothing has come for too long."""

    def __init__(self, cancel: Callable[[], object]) -> None:
        self._cancel = cancel
        self._timer = self._start()

    def broken(self) -> None:
        self._timer.cancel()
        self._timer = self._start()

    def end(self) -> None:
        self._timer.cancel()

    def _start(self) -> threading.Timer:
        timer = threading.Timer(SILENCE_BOUND, self._cancel)
        timer.daemon = True
        timer.start()
        return timer
