"""Access tokens of third parties that work now, from a token broker.

A `Client` is one connection to the broker, an `AsyncClient` the same for asyncio. From it come a token source for each connection of a person,
and `token_broker.http` sends `httpx` requests with its tokens.

    with Client("https://broker.internal:8080", api_key=key) as broker:
        source = broker.token_source(Connection(connection_id=id, user_id="ada", provider="github"))
        api = httpx.Client(auth=BrokerAuth(source))

A token is cached by its version for as long as the broker allows, is asked for once however many threads or tasks need it, is replaced when the
broker pushes another, and leaves the process only towards the origins it is for. What fails says in a typed error who must act.
"""

from .aio import AsyncClient, AsyncTokenSource
from .client import Client, TokenSource
from .connection import Connection
from .credentials import Tls
from .errors import AuthorizationRequiredError, BrokerError, OriginUnknownError, ReconnectLink
from .token import Degraded, Token, Usage

__all__ = [
    "AsyncClient",
    "AsyncTokenSource",
    "AuthorizationRequiredError",
    "BrokerError",
    "Client",
    "Connection",
    "Degraded",
    "OriginUnknownError",
    "ReconnectLink",
    "Tls",
    "Token",
    "TokenSource",
    "Usage",
]
