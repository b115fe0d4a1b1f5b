"""What needs no broker."""

import time
from datetime import timedelta

import grpc
import httpx
import pytest
from google.rpc.code_pb2 import FAILED_PRECONDITION, UNAVAILABLE
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from tokenbroker.v1.token_pb2 import GetTokenResponse, TokenResult

from token_broker import AuthorizationRequiredError, BrokerError, Client, Connection, OriginUnknownError, Tls, Token, Usage
from token_broker.connection import TokenRequest
from token_broker.credentials import parse_target
from token_broker.errors import Reconnect, error_of
from token_broker.http import BrokerAuth, header_of, may_carry
from token_broker.retry import delay_after, delay_before
from token_broker.state import Ask, TokenState
from token_broker.token import from_message

NOW = 1_000_000.0
CONNECTION = Connection("c", "u", provider="p")


def token_of(
    version: int = 1,
    *,
    lives: float | None = 3600,
    cacheable: float | None = 3600,
    header: tuple[str, str] = ("Authorization", "Bearer "),
    origins: tuple[str, ...] = (),
) -> Token:
    return Token(
        access_token="secret",
        token_type="Bearer",
        expires_at=None if lives is None else NOW + lives,
        refresh_after=None if cacheable is None else NOW + cacheable,
        scopes=(),
        version=version,
        provider_metadata={},
        usage=Usage(*header, "", origins),
        degraded=None,
        received_at=NOW,
    )


def status_with(code: int, reason: str = "", metadata: dict[str, str] | None = None, retry: int = 0) -> Status:
    status = Status(code=code, message="why")
    if reason:
        status.details.add().Pack(ErrorInfo(reason=reason, domain="tokenbroker", metadata=metadata or {}))
    if retry:
        delay = RetryInfo()
        delay.retry_delay.FromTimedelta(timedelta(seconds=retry))
        status.details.add().Pack(delay)
    return status


def holding(token: Token, min_ttl: float = 0) -> TokenState:
    state = TokenState(min_ttl)
    state.store(token)
    return state


def test_a_cached_token_is_served_until_refresh_after() -> None:
    state = holding(token_of(cacheable=60))
    assert state.serve(NOW + 59) is not None
    assert state.serve(NOW + 61) is None
    state.live = True
    assert state.serve(NOW + 61) is not None, "a stream says that it is the current one"
    assert state.serve(NOW + 3600) is None, "and an ended token is not served whatever a stream says"


def test_a_token_without_refresh_after_is_asked_for_every_time() -> None:
    assert holding(token_of(lives=None, cacheable=None)).serve(NOW) is None


def test_min_ttl_counts_as_at_most_four_fifths_of_the_lifetime() -> None:
    state = holding(token_of(lives=100), min_ttl=1000)
    assert state.serve(NOW + 19) is not None
    assert state.serve(NOW + 21) is None


def test_a_token_that_still_works_is_served_while_the_broker_is_away() -> None:
    state = holding(token_of(cacheable=0))
    away = BrokerError(status_with(UNAVAILABLE, "STORE_UNAVAILABLE", retry=5))
    assert state.serve(NOW + 1) is None
    ask = state.ask(NOW + 1)
    assert ask.has_spare
    assert state.fail(away, ask, NOW + 1) is not None
    assert state.serve(NOW + 5) is not None
    assert state.serve(NOW + 7) is None, "and then the broker is asked again"


def test_no_token_of_a_dead_grant_is_served() -> None:
    state = holding(token_of(cacheable=0))
    dead = error_of(status_with(FAILED_PRECONDITION, "REAUTHORIZATION_REQUIRED"), CONNECTION, Reconnect())
    assert state.fail(dead, state.ask(NOW), NOW) is None
    state.live = True
    assert state.serve(NOW) is None


def test_each_version_is_reported_once() -> None:
    state = holding(token_of(7))
    assert state.reject(7) is True
    assert state.serve(NOW) is None
    assert state.ask(NOW) == Ask(rejected=7, has_spare=False)
    assert state.succeed(token_of(8), Ask(7, False)).version == 8
    newer = state.reject(7)
    assert isinstance(newer, Token) and newer.version == 8
    assert state.reject(8) is True
    refused = BrokerError(status_with(FAILED_PRECONDITION, "TOKEN_REJECTED"))
    assert state.fail(refused, Ask(8, False), NOW) is None
    assert state.reject(8) is False
    assert state.serve(NOW) is not None, "it works, for requests that need no more permission"


def test_an_older_answer_does_not_replace_a_newer_push() -> None:
    state = TokenState(0)
    state.push(TokenResult(token=GetTokenResponse(version=9)), NOW)
    assert state.store(token_of(8)).version == 9
    state.push(TokenResult(error=status_with(FAILED_PRECONDITION, "REAUTHORIZATION_REQUIRED")), NOW)
    assert state.ask(NOW) == Ask(0, has_spare=False)


def test_errors_say_who_must_act() -> None:
    error = error_of(
        status_with(FAILED_PRECONDITION, "MISSING_SCOPES", {"missing_scopes": "read write"}), CONNECTION, Reconnect()
    )
    assert isinstance(error, AuthorizationRequiredError)
    assert (error.code, error.reason, error.missing_scopes) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "MISSING_SCOPES",
        ("read", "write"),
    )
    assert not error.is_temporary


def test_retries_wait_for_what_the_broker_named_and_not_beyond_the_deadline() -> None:
    error = BrokerError(status_with(UNAVAILABLE, "PROVIDER_UNAVAILABLE", retry=3))
    delay = delay_after(error, 1, 5, remaining=10)
    assert delay is not None and 3 <= delay <= 3.4
    assert delay_after(error, 1, 5, remaining=2) is None
    assert delay_after(error, 5, 5, remaining=10) is None
    assert delay_after(BrokerError(status_with(FAILED_PRECONDITION)), 1, 5, remaining=10) is None
    assert delay_before(20, None) <= 2


@pytest.mark.parametrize(
    ("url", "carries"),
    [
        ("https://api.example.com/x", True),
        ("https://API.example.com:443/x", True),
        ("http://api.example.com/x", False),
        ("https://api.example.com:8443/x", False),
        ("https://api.example.com.evil.test/", False),
        ("https://api.example.com@evil.test/", False),
        ("https://evil.test/?https://api.example.com", False),
    ],
)
def test_a_token_goes_only_to_its_origins(url: str, carries: bool) -> None:
    assert may_carry(httpx.URL(url), token_of(origins=("https://api.example.com",)), ()) is carries


def test_unknown_origins_are_not_guessed() -> None:
    url = httpx.URL("https://api.example.com")
    with pytest.raises(OriginUnknownError, match="api.example.com"):
        may_carry(url, token_of(), ())
    assert may_carry(url, token_of(), ["https://api.example.com"])


def test_what_the_broker_knows_goes_before_what_the_caller_says() -> None:
    assert not may_carry(httpx.URL("https://b.test"), token_of(origins=("https://a.test",)), ["https://b.test"])


def test_the_header_is_the_providers() -> None:
    assert header_of(token_of()) == ("Authorization", "Bearer secret")
    assert header_of(token_of(header=("", ""))) == ("Authorization", "Bearer secret")
    assert header_of(token_of(header=("X-Api-Token", ""))) == ("X-Api-Token", "secret")


def test_auth_refuses_a_header_that_httpx_would_carry_across_a_redirect() -> None:
    with Client("http://127.0.0.1:1", watch=False) as client:
        source = client.token_source(CONNECTION)
        token = from_message(GetTokenResponse(version=1, access_token="secret"), time.time())
        token = Token(**{**vars(token), "usage": Usage("X-Api-Token", "", "", ("https://api.example.com",))})
        token = Token(**{**vars(token), "refresh_after": time.time() + 60})
        source._state.store(token)
        request = httpx.Request("GET", "https://api.example.com")
        with pytest.raises(ValueError, match="BrokerTransport"):
            next(BrokerAuth(source).sync_auth_flow(request))
        sent = next(BrokerAuth(source, follows_redirects=False).sync_auth_flow(request))
        assert sent.headers["X-Api-Token"] == "secret"


def test_tokens_and_keys_do_not_print_themselves() -> None:
    assert "secret" not in repr(token_of())
    assert "secret" not in repr(Tls(b"ca", b"cert", b"secret"))


@pytest.mark.parametrize("url", ["http://broker.example:8080", "ftp://broker.example", "broker:8080", "http://127.0.0.1.evil"])
def test_tokens_are_not_sent_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError):
        parse_target(url, plaintext=False)


def test_targets() -> None:
    assert parse_target("https://broker.example", False).address == "broker.example:443"
    assert parse_target("http://[::1]:8080", False).address == "[::1]:8080"
    assert parse_target("unix:///run/broker.sock", False).address == "unix:/run/broker.sock"
    assert parse_target("http://broker.example:8080", True).encrypted is False


def test_requests_name_the_connection_and_what_is_asked_of_the_token() -> None:
    request = TokenRequest(CONNECTION, timedelta(seconds=90), ["read"]).message(5)
    assert (request.connection_id, request.user_id, request.provider) == ("c", "u", "p")
    assert (request.min_ttl.seconds, list(request.required_scopes), request.rejected_version) == (90, ["read"], 5)
    assert not TokenRequest(CONNECTION, timedelta(), ()).message(0).HasField("min_ttl")
