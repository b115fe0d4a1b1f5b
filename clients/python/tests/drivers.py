"""The clients under test behind one face, so that the suite is played alike on threads and on tasks."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from token_broker import (
    AsyncClient,
    AsyncTokenSource,
    BrokerError,
    Client,
    Connection,
    AuthorizationRequiredError,
    Tls,
    Token,
    TokenSource,
)
from token_broker.http import AsyncBrokerTransport, BrokerAuth, BrokerTransport

T = TypeVar("T")


@dataclass
class Outcome:
    token: Token | None = None
    error: Exception | None = None
    status: int = 0


@dataclass
class Options:
    url: str
    api_key: str
    tls: Tls | None
    watch: bool


@dataclass
class Fetch:
    method: str
    url: str
    body: str | None
    timeout: float


class Gate(httpx.HTTPTransport):
    """Holds the next answers back until they are together, so that "at once" is so however slow the machine is."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        self._lock = threading.Lock()
        self._all = threading.Barrier(1)

    def hold(self, answers: int) -> None:
        self._left, self._all = answers, threading.Barrier(answers)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        with self._lock:
            self._left -= 1
            held = self._left >= 0
        if held:
            self._all.wait()
        return response


class AsyncGate(httpx.AsyncHTTPTransport):
    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        self._all = asyncio.Event()

    def hold(self, answers: int) -> None:
        self._left, self._all = answers, asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        self._left -= 1
        if self._left == 0:
            self._all.set()
        elif self._left > 0:
            await self._all.wait()
        return response


class Driver(ABC):
    """One client, and a source for each alias."""

    @abstractmethod
    def add(self, alias: str, connection: Connection) -> None: ...

    @abstractmethod
    def token(self, alias: str, timeout: float) -> Outcome: ...

    @abstractmethod
    def tokens_at_once(self, alias: str, timeout: float, times: int) -> list[Outcome]: ...

    @abstractmethod
    def fetch(self, alias: str, fetch: Fetch) -> Outcome: ...

    @abstractmethod
    def fetches_at_once(self, alias: str, fetch: Fetch, times: int) -> list[Outcome]: ...

    @abstractmethod
    def batch(self, aliases: list[str], timeout: float) -> list[Outcome]: ...

    @abstractmethod
    def reconnect_url(self, error: AuthorizationRequiredError) -> str: ...

    @abstractmethod
    def close(self) -> None: ...


class SyncDriver(Driver):
    def __init__(self, options: Options, with_auth: bool) -> None:
        self._client = Client(options.url, api_key=options.api_key, tls=options.tls, watch=options.watch)
        self._sources: dict[str, TokenSource] = {}
        self._https: dict[str, httpx.Client] = {}
        self._gate = Gate()
        self._with_auth = with_auth

    def add(self, alias: str, connection: Connection) -> None:
        self._sources[alias] = self._client.token_source(connection)
        self._https[alias] = self._http(self._sources[alias])

    def token(self, alias: str, timeout: float) -> Outcome:
        try:
            return Outcome(token=self._sources[alias].get(timeout=timeout))
        except Exception as error:
            return Outcome(error=error)

    def tokens_at_once(self, alias: str, timeout: float, times: int) -> list[Outcome]:
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(lambda _: self.token(alias, timeout), range(times)))

    def fetch(self, alias: str, fetch: Fetch) -> Outcome:
        try:
            http = self._https[alias]
            response = http.request(fetch.method, fetch.url, content=fetch.body, timeout=fetch.timeout)
            return Outcome(status=response.status_code)
        except Exception as error:
            return Outcome(error=error)

    def fetches_at_once(self, alias: str, fetch: Fetch, times: int) -> list[Outcome]:
        self._gate.hold(times)
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(lambda _: self.fetch(alias, fetch), range(times)))

    def batch(self, aliases: list[str], timeout: float) -> list[Outcome]:
        results = self._client.batch([self._sources[alias] for alias in aliases], timeout=timeout)
        return [outcome_of(result) for result in results]

    def reconnect_url(self, error: AuthorizationRequiredError) -> str:
        return error.reconnect_link().authorize_url

    def close(self) -> None:
        for http in self._https.values():
            http.close()
        self._client.close()

    def _http(self, source: TokenSource) -> httpx.Client:
        if self._with_auth:
            return httpx.Client(auth=BrokerAuth(source), transport=self._gate, follow_redirects=True)
        return httpx.Client(transport=BrokerTransport(source, self._gate), follow_redirects=True)


class AsyncDriver(Driver):
    """Its event loop runs in a thread, so that the steps of a case need not know of it."""

    def __init__(self, options: Options, with_auth: bool) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._sources: dict[str, AsyncTokenSource] = {}
        self._https: dict[str, httpx.AsyncClient] = {}
        self._gate = AsyncGate()
        self._with_auth = with_auth
        self._client = self._run(self._connect(options))

    async def _connect(self, options: Options) -> AsyncClient:
        return AsyncClient(options.url, api_key=options.api_key, tls=options.tls, watch=options.watch)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def add(self, alias: str, connection: Connection) -> None:
        self._sources[alias] = self._client.token_source(connection)
        self._https[alias] = self._http(self._sources[alias])

    def token(self, alias: str, timeout: float) -> Outcome:
        return self._run(self._token(alias, timeout))

    def tokens_at_once(self, alias: str, timeout: float, times: int) -> list[Outcome]:
        return self._run(together([self._token(alias, timeout) for _ in range(times)]))

    def fetch(self, alias: str, fetch: Fetch) -> Outcome:
        return self._run(self._fetch(alias, fetch))

    def fetches_at_once(self, alias: str, fetch: Fetch, times: int) -> list[Outcome]:
        self._gate.hold(times)
        return self._run(together([self._fetch(alias, fetch) for _ in range(times)]))

    def batch(self, aliases: list[str], timeout: float) -> list[Outcome]:
        results = self._run(self._client.batch([self._sources[alias] for alias in aliases], timeout=timeout))
        return [outcome_of(result) for result in results]

    def reconnect_url(self, error: AuthorizationRequiredError) -> str:
        return self._run(error.reconnect_link_async()).authorize_url

    def close(self) -> None:
        for http in self._https.values():
            self._run(http.aclose())
        self._run(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _token(self, alias: str, timeout: float) -> Outcome:
        try:
            return Outcome(token=await self._sources[alias].get(timeout=timeout))
        except Exception as error:
            return Outcome(error=error)

    async def _fetch(self, alias: str, fetch: Fetch) -> Outcome:
        try:
            http = self._https[alias]
            response = await http.request(fetch.method, fetch.url, content=fetch.body, timeout=fetch.timeout)
            return Outcome(status=response.status_code)
        except Exception as error:
            return Outcome(error=error)

    def _http(self, source: AsyncTokenSource) -> httpx.AsyncClient:
        if self._with_auth:
            return httpx.AsyncClient(auth=BrokerAuth(source), transport=self._gate, follow_redirects=True)
        return httpx.AsyncClient(transport=AsyncBrokerTransport(source, self._gate), follow_redirects=True)


async def together(work: list[Coroutine[Any, Any, T]]) -> list[T]:
    return list(await asyncio.gather(*work))


def outcome_of(result: Token | BrokerError) -> Outcome:
    return Outcome(token=result) if isinstance(result, Token) else Outcome(error=result)
