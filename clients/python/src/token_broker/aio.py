"""The client for asyncio: the same as `token_broker.client`, with tasks for threads."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, TypeVar

import grpc
import grpc.aio
from google.rpc.code_pb2 import DEADLINE_EXCEEDED, UNAVAILABLE
from tokenbroker.v1.token_broker_service_pb2_grpc import TokenBrokerServiceStub
from tokenbroker.v1.token_pb2 import BatchGetTokensRequest, TokenResult, WatchTokenRequest, WatchTokenResponse

from .client import MAX_BATCH, Metadata, Waiting, link_of, start_request
from .connection import Connection, TokenRequest
from .credentials import OPTIONS, Tls, parse_target
from .errors import (
    AsyncReconnect,
    AuthorizationRequiredError,
    BrokerError,
    ReconnectLink,
    error_of,
    local_status,
    status_of,
)
from .retry import MAX_ATTEMPTS, delay_after, delay_before
from .state import REFRESH_TIMEOUT, REFUSED_WATCH_PAUSE, SILENCE_BOUND, TIMEOUT, Ask, TokenState
from .token import Token, from_message

if TYPE_CHECKING:
    from tokenbroker.v1.token_broker_service_pb2_grpc import TokenBrokerServiceAsyncStub

Request = TypeVar("Request", contravariant=True)
Response = TypeVar("Response", covariant=True)


class AsyncMethod(Protocol[Request, Response]):
    def __call__(self, request: Request, /, *, timeout: float, metadata: Metadata) -> Awaitable[Response]: ...


class AsyncClient:
    """A connection to the broker for one event loop. Arguments are those of `Client`; `api_key` may be a coroutine function."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | Callable[[], str | Awaitable[str]] | None = None,
        tls: Tls | None = None,
        plaintext: bool = False,
        watch: bool = True,
    ) -> None:
        target = parse_target(url, plaintext)
        if target.encrypted:
            chosen = tls or Tls()
            credentials = grpc.ssl_channel_credentials(chosen.ca, chosen.key, chosen.certificate)
            self._channel = grpc.aio.secure_channel(target.address, credentials, OPTIONS)
        else:
            self._channel = grpc.aio.insecure_channel(target.address, OPTIONS)
        self._api_key = api_key
        self.watches = watch
        self.rpc: TokenBrokerServiceAsyncStub = TokenBrokerServiceStub(self._channel)
        """The generated client, for every RPC that has no method here. Send `await metadata()` along."""
        self._sources: set[AsyncTokenSource] = set()

    async def metadata(self) -> Metadata:
        """Who is calling."""
        if self._api_key is None:
            return ()
        key = self._api_key if isinstance(self._api_key, str) else self._api_key()
        return (("authorization", f"Bearer {await key if inspect.isawaitable(key) else key}"),)

    def token_source(
        self,
        connection: Connection,
        *,
        min_ttl: timedelta = timedelta(),
        required_scopes: Sequence[str] = (),
    ) -> AsyncTokenSource:
        """The source of one connection's tokens: keep one for each connection."""
        source = AsyncTokenSource(self, TokenRequest(connection, min_ttl, required_scopes))
        self._sources.add(source)
        return source

    async def batch(self, sources: Sequence[AsyncTokenSource], *, timeout: float = TIMEOUT) -> list[Token | BrokerError]:
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
            answer = await self.call(self.rpc.BatchGetTokens, request, deadline)
            if len(answer.results) != len(part):
                raise RuntimeError("the broker answered another number of results than was asked for")
            for index, ask, result in zip(part, asked, answer.results):
                results[index] = sources[index].take(result, ask)
        return [results[index] for index in range(len(sources))]

    async def call(
        self,
        method: AsyncMethod[Request, Response],
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
                return await method(request, timeout=remaining, metadata=await self.metadata())
            except grpc.aio.AioRpcError as failure:
                error = self.error_of(failure, connection)
            delay = delay_after(error, attempt, attempts, deadline - time.monotonic())
            if delay is None:
                raise error
            if waiting is not None:
                waiting(error, time.monotonic() + delay)
            await asyncio.sleep(delay)
            attempt += 1

    def error_of(self, failure: grpc.RpcError, connection: Connection | None) -> BrokerError:
        status = status_of(failure)
        return BrokerError(status) if connection is None else error_of(status, connection, self.reconnect)

    @property
    def reconnect(self) -> AsyncReconnect:
        return AsyncReconnect(self._start_reconnect)

    async def _start_reconnect(self, error: AuthorizationRequiredError, redirect_uri: str) -> ReconnectLink:
        request = start_request(error, redirect_uri)
        # Not retried: each call begins an authorization.
        answer = await self.call(self.rpc.StartAuthorization, request, time.monotonic() + TIMEOUT, attempts=1)
        return link_of(answer)

    async def close(self) -> None:
        """Ends the connection, and with it every call and watch on it."""
        for source in tuple(self._sources):
            await source.close()
        await self._channel.close()

    def forget(self, source: AsyncTokenSource) -> None:
        self._sources.discard(source)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class AsyncTokenSource:
    """Gives the tokens of one connection to the tasks of one event loop. Made by `AsyncClient.token_source`."""

    def __init__(self, client: AsyncClient, request: TokenRequest) -> None:
        self._client = client
        self.request = request
        self._state = TokenState(request.min_ttl.total_seconds())
        self._flight: _Flight | None = None
        self._watch: asyncio.Task[None] | None = None
        self._closed = False
        self._revision = 0

    async def get(self, *, timeout: float = TIMEOUT) -> Token:
        """A token that works now: the cached one, or what the broker answers. `timeout` (seconds) and cancellation end the wait of this caller alone."""
        deadline = time.monotonic() + timeout
        while True:
            if self._client.watches and self._watch is None and not self._closed:
                self._watch = asyncio.create_task(self._keep_watching(), name="token-broker-watch")
            token = self._state.serve(time.time())
            if token is not None:
                return token
            if self._flight is None:
                self._flight = _Flight(self._state.ask(time.time()), self._fetch, self._landed)
            flight = self._flight
            token = await flight.wait(deadline)
            if not self._state.must_ask_again(token, flight.ask):
                return token

    async def replace(self, version: int, *, timeout: float = TIMEOUT) -> Token | None:
        """A token in the place of one that a resource answered 401 to. The broker is told of each version once; None: it was, and there is no other
        token, so that the 401 is about a permission and not about age."""
        known = self._state.reject(version)
        if isinstance(known, Token):
            return known
        return await self.get(timeout=timeout) if known else None

    def peek(self) -> Token | None:
        """The cached token if it may be served."""
        return self._state.serve(time.time())

    def ask(self) -> Ask:
        return self._state.ask(time.time())

    def take(self, result: TokenResult, ask: Ask) -> Token | BrokerError:
        """One result of a batch."""
        if result.HasField("token"):
            return self._state.succeed(from_message(result.token, time.time()), ask)
        error = error_of(result.error, self.request.connection, self._client.reconnect)
        return self._state.fail(error, ask, time.time()) or error

    async def close(self) -> None:
        """Ends the source's watch and a call under way. Tokens can still be asked for."""
        self._closed = True
        self._client.forget(self)
        for task in (self._watch, self._flight.task if self._flight else None):
            if task is not None:
                task.cancel()
                await asyncio.wait((task,))

    def _landed(self) -> None:
        self._flight = None

    async def _fetch(self, flight: _Flight) -> Token:
        client, ask = self._client, flight.ask
        timeout, attempts = (REFRESH_TIMEOUT, 1) if ask.has_spare else (TIMEOUT, MAX_ATTEMPTS)
        try:
            answer = await client.call(
                client.rpc.GetToken,
                self.request.message(ask.rejected),
                time.monotonic() + timeout,
                attempts=attempts,
                waiting=flight.hold,
                connection=self.request.connection,
            )
        except BrokerError as error:
            token = self._state.fail(error, ask, time.time())
            if token is None:
                raise
            return token
        return self._state.succeed(from_message(answer, time.time()), ask)

    async def _keep_watching(self) -> None:
        """Holds one stream after another. Without a stream the token is asked for by its times, as ever."""
        attempt = 1
        while True:
            before = self._revision
            try:
                await self._read()
                error = BrokerError(local_status(UNAVAILABLE, "the stream ended"))
            except TimeoutError:
                error = BrokerError(local_status(UNAVAILABLE, "the stream is silent"))
            except grpc.aio.AioRpcError as failure:
                error = BrokerError(status_of(failure))
            except grpc.aio.UsageError:
                # The channel is closed.
                return
            finally:
                self._state.live = False
            if error.code is grpc.StatusCode.UNIMPLEMENTED:
                return
            attempt = 1 if self._revision != before else attempt + 1
            await asyncio.sleep(delay_before(attempt, error.retry_after) if error.is_retryable else REFUSED_WATCH_PAUSE)

    async def _read(self) -> None:
        """Reads one stream to its end."""
        request = WatchTokenRequest(request=self.request.message(0), since_revision=self._revision)
        stream = self._client.rpc.WatchToken(request, metadata=await self._client.metadata())
        try:
            while True:
                event = await asyncio.wait_for(stream.read(), SILENCE_BOUND)
                if not isinstance(event, WatchTokenResponse):
                    return
                if event.revision > 0:
                    self._revision = event.revision
                self._state.push(event.result, time.time())
        finally:
            stream.cancel()


class _Flight:
    """One call to the broker, and those who wait for it, each for as long as its own deadline allows."""

    def __init__(self, ask: Ask, fetch: Callable[[_Flight], Awaitable[Token]], landed: Callable[[], None]) -> None:
        self.ask = ask
        self._setback: tuple[BrokerError, float] | None = None
        self._news = asyncio.Event()
        # The call outlives the callers that began it: the next one has its answer.
        self.task: asyncio.Task[Token] = asyncio.create_task(self._fly(fetch, landed), name="token-broker-call")
        # Nobody may be left to hear of it.
        self.task.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _fly(self, fetch: Callable[[_Flight], Awaitable[Token]], landed: Callable[[], None]) -> Token:
        try:
            return await fetch(self)
        finally:
            landed()

    def hold(self, error: BrokerError, until: float) -> None:
        """The call waits to be tried again."""
        self._setback = (error, until)
        self._news.set()
        self._news = asyncio.Event()

    async def wait(self, deadline: float) -> Token:
        while True:
            now = time.monotonic()
            # Nobody waits for a try that comes after the deadline: the caller learns what the last one failed with.
            if self._setback is not None and now < self._setback[1] and self._setback[1] > deadline:
                raise self._setback[0]
            if now >= deadline:
                raise BrokerError(local_status(DEADLINE_EXCEEDED, "the deadline passed"))
            news = asyncio.ensure_future(self._news.wait())
            try:
                await asyncio.wait((self.task, news), timeout=deadline - now, return_when=asyncio.FIRST_COMPLETED)
            finally:
                news.cancel()
            if self.task.done():
                return self.task.result()
