"""Sends `httpx` requests with a connection's token, in the header that the provider wants.

Only requests to the origins that the token is for carry it: another request goes without. Where nobody says which origins those are, a request fails
with `OriginUnknownError`. When the resource answers 401, the broker is told once that the token's version was rejected, and the request is sent once
more with another token if its body can be sent again (bytes, text, JSON and forms can, generators cannot). Where the grant is dead, the request fails
with `AuthorizationRequiredError`; else a 401 that no other token can help is the answer.

`allowed_origins` are for where the broker knows none; what the broker knows goes first.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence

import httpx

from .aio import AsyncTokenSource
from .client import TokenSource
from .errors import BrokerError, OriginUnknownError, AuthorizationRequiredError
from .token import Token

_DEFAULT_PORTS = {"http": 80, "https": 443}


class BrokerTransport(httpx.BaseTransport):
    """For `httpx.Client(transport=BrokerTransport(source))`. It sees every request by itself, those that a redirect causes too."""

    def __init__(
        self,
        source: TokenSource,
        transport: httpx.BaseTransport | None = None,
        *,
        allowed_origins: Sequence[str] = (),
    ) -> None:
        self._source = source
        self._transport = transport or httpx.HTTPTransport()
        self._allowed_origins = allowed_origins

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        token = self._source.get()
        if not may_carry(request.url, token, self._allowed_origins):
            return self._transport.handle_request(request)
        response = self._transport.handle_request(_with_token(request, token))
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return response
        try:
            another = _replacement(self._source, token)
        except AuthorizationRequiredError:
            response.close()
            raise
        if another is None or not _can_be_sent_again(request):
            return response
        response.close()
        return self._transport.handle_request(_with_token(request, another))

    def close(self) -> None:
        self._transport.close()


class AsyncBrokerTransport(httpx.AsyncBaseTransport):
    """For `httpx.AsyncClient(transport=AsyncBrokerTransport(source))`."""

    def __init__(
        self,
        source: AsyncTokenSource,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        allowed_origins: Sequence[str] = (),
    ) -> None:
        self._source = source
        self._transport = transport or httpx.AsyncHTTPTransport()
        self._allowed_origins = allowed_origins

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        token = await self._source.get()
        if not may_carry(request.url, token, self._allowed_origins):
            return await self._transport.handle_async_request(request)
        response = await self._transport.handle_async_request(_with_token(request, token))
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return response
        try:
            another = await _async_replacement(self._source, token)
        except AuthorizationRequiredError:
            await response.aclose()
            raise
        if another is None or not _can_be_sent_again(request):
            return response
        await response.aclose()
        return await self._transport.handle_async_request(_with_token(request, another))

    async def aclose(self) -> None:
        await self._transport.aclose()


class BrokerAuth(httpx.Auth):
    """For `auth=`, with clients of both kinds; a `TokenSource` in an `AsyncClient` is asked in a thread.

    httpx itself takes the header `Authorization` away where a redirect leads to another origin, and no other header. A token that travels in another
    one is therefore refused here, unless `follows_redirects=False` says that the client follows none: `BrokerTransport` is the way that is always safe.
    """

    def __init__(
        self,
        source: TokenSource | AsyncTokenSource,
        *,
        allowed_origins: Sequence[str] = (),
        follows_redirects: bool = True,
    ) -> None:
        self._source = source
        self._allowed_origins = allowed_origins
        self._follows_redirects = follows_redirects

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        source = self._source
        if not isinstance(source, TokenSource):
            raise TypeError("an AsyncTokenSource needs an httpx.AsyncClient")
        token = source.get()
        if not self._authorize(request, token):
            yield request
            return
        response = yield request
        if not _was_refused(response, request):
            return
        another = _replacement(source, token)
        if another is not None and _can_be_sent_again(request):
            self._authorize(request, another)
            yield request

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        source = self._source
        token = await (asyncio.to_thread(source.get) if isinstance(source, TokenSource) else source.get())
        if not self._authorize(request, token):
            yield request
            return
        response = yield request
        if not _was_refused(response, request):
            return
        if isinstance(source, TokenSource):
            another = await asyncio.to_thread(_replacement, source, token)
        else:
            another = await _async_replacement(source, token)
        if another is not None and _can_be_sent_again(request):
            self._authorize(request, another)
            yield request

    def _authorize(self, request: httpx.Request, token: Token) -> bool:
        if not may_carry(request.url, token, self._allowed_origins):
            return False
        name, value = header_of(token)
        if self._follows_redirects and name.lower() != "authorization":
            raise ValueError(
                f"httpx would carry the header {name} across a redirect: use BrokerTransport, or follows_redirects=False where the client follows none"
            )
        request.headers[name] = value
        return True


def header_of(token: Token) -> tuple[str, str]:
    usage = token.usage
    if usage.header_name == "":
        return "Authorization", f"Bearer {token.access_token}"
    return usage.header_name, f"{usage.header_prefix}{token.access_token}"


def may_carry(url: httpx.URL, token: Token, allowed_origins: Sequence[str]) -> bool:
    allowed = token.usage.allowed_origins or allowed_origins
    if not allowed:
        raise OriginUnknownError(_origin_of(url))
    return _origin_of(url) in {_origin_of(httpx.URL(origin)) for origin in allowed}


def _origin_of(url: httpx.URL) -> str:
    """As RFC 6454 section 6.2 writes it, without the scheme's own port."""
    host = url.raw_host.decode("ascii")
    port = f":{url.port}" if url.port not in (None, _DEFAULT_PORTS.get(url.scheme)) else ""
    return f"{url.scheme}://{host}{port}"


def _with_token(request: httpx.Request, token: Token) -> httpx.Request:
    """A copy: the client makes the request that follows a redirect out of the one it gave."""
    name, value = header_of(token)
    copy = httpx.Request(
        request.method, request.url, headers=request.headers, stream=request.stream, extensions=request.extensions
    )
    copy.headers[name] = value
    return copy


def _was_refused(response: httpx.Response, request: httpx.Request) -> bool:
    """What a redirect led elsewhere was asked without the token, and says nothing about it."""
    same = _origin_of(response.request.url) == _origin_of(request.url)
    return response.status_code == httpx.codes.UNAUTHORIZED and same


def _can_be_sent_again(request: httpx.Request) -> bool:
    return isinstance(request.stream, httpx.ByteStream)


def _replacement(source: TokenSource, token: Token) -> Token | None:
    try:
        return source.replace(token.version)
    except AuthorizationRequiredError:
        raise
    except BrokerError:
        # What the resource said stands where no other token is to be had: the next request says why.
        return None


async def _async_replacement(source: AsyncTokenSource, token: Token) -> Token | None:
    try:
        return await source.replace(token.version)
    except AuthorizationRequiredError:
        raise
    except BrokerError:
        return None
