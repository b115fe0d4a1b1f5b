"""The suite that every client passes: test/clients/README.md says what its words mean."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from tokenbroker.v1.token_pb2 import BatchGetTokensRequest, WatchTokensRequest

from token_broker import BrokerError, Client, Connection, OriginUnknownError, AuthorizationRequiredError, Tls

from .drivers import AsyncDriver, Driver, Fetch, Options, Outcome, SyncDriver
from .kit import REPOSITORY, Kit

STEP_TIMEOUT = 20.0

CASES: list[dict[str, Any]] = json.loads((REPOSITORY / "test/clients/cases.json").read_text())["cases"]

DRIVERS: dict[str, Callable[[Options, bool], Driver]] = {"sync": SyncDriver, "async": AsyncDriver}


@pytest.fixture(scope="session")
def missing(kit: Kit) -> set[str]:
    """What this broker has not, as it says itself."""
    with Client(kit.about["brokerUrl"], api_key=kit.about["apiKey"]) as client:
        asked = {
            "batch": lambda: client.rpc.BatchGetTokens(BatchGetTokensRequest(), metadata=client.metadata()),
            "watch": lambda: next(client.rpc.WatchTokens(WatchTokensRequest(), metadata=client.metadata())),
        }
        return {feature for feature, ask in asked.items() if _code_of(ask) is grpc.StatusCode.UNIMPLEMENTED}


def _code_of(ask: Callable[[], object]) -> grpc.StatusCode | None:
    try:
        ask()
    except grpc.RpcError as error:
        code: grpc.StatusCode = getattr(error, "code")()
        return code
    return None


@pytest.mark.parametrize("kind", DRIVERS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_behaviour(kit: Kit, missing: set[str], kind: str, case: dict[str, Any]) -> None:
    left_out = missing & set(case.get("requires", []))
    if left_out:
        pytest.skip(f"LEFT OUT: this broker has no {', '.join(left_out)}")
    kit.post("/reset")
    # The provider's own header needs the transport; everything else is played with the Auth.
    custom = any(seed.get("provider") == "custom" for seed in case["connections"].values())
    driver = DRIVERS[kind](options_of(kit, case.get("client", {})), not custom)
    stage = Stage(kit, driver, case)
    try:
        stage.play()
    finally:
        stage.close()


def options_of(kit: Kit, spec: dict[str, Any]) -> Options:
    about, listener = kit.about, spec.get("listener", "clear")
    tls: dict[str, str] = about["tls"]
    chosen = {
        "clear": None,
        "untrusted": None,
        "tls": Tls(ca=tls["ca"].encode()),
        "mtls": Tls(tls["ca"].encode(), tls["clientCertificate"].encode(), tls["clientKey"].encode()),
    }
    return Options(
        url=about["brokerUrl"] if listener == "clear" else tls["url"],
        api_key=about["apiKey"] + ("wrong" if spec.get("credentials") == "wrong" else ""),
        tls=chosen[listener],
        watch=spec.get("watch", True),
    )


class Stage:
    def __init__(self, kit: Kit, driver: Driver, case: dict[str, Any]) -> None:
        self._kit = kit
        self._driver = driver
        self._steps: list[dict[str, Any]] = case["steps"]
        self._kept: dict[str, Outcome] = {}
        self._background: list[threading.Thread] = []
        self._failures: list[Exception] = []
        self._keys = {alias: self._seed(seed) for alias, seed in case["connections"].items()}
        for alias, key in self._keys.items():
            driver.add(alias, key)

    def _seed(self, seed: dict[str, Any]) -> Connection:
        if seed.get("unknown"):
            return Connection(str(uuid.uuid4()), "user-1", provider="acme")
        key = self._kit.post("/connections", seed)
        return Connection(key["connectionId"], key["userId"], key["provider"], namespace=key["namespace"])

    def play(self) -> None:
        for number, step in enumerate(self._steps, 1):
            try:
                self._perform(step)
            except AssertionError as failure:
                raise AssertionError(f"step {number} ({step['do']}): {failure}") from failure

    def close(self) -> None:
        for thread in self._background:
            thread.join()
        self._driver.close()
        assert not self._failures

    def _perform(self, step: dict[str, Any]) -> None:
        """Repeats a step that may take its time."""
        deadline = time.monotonic() + step.get("eventuallyMs", 0) / 1000
        while True:
            try:
                return self._timed(step)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _timed(self, step: dict[str, Any]) -> None:
        began = time.monotonic()
        getattr(self, f"_do_{step['do']}")(step)
        took_ms = (time.monotonic() - began) * 1000
        assert took_ms <= step.get("withinMs", took_ms), f"took {took_ms} ms"
        assert took_ms >= step.get("atLeastMs", 0), f"took only {took_ms} ms"

    def _do_token(self, step: dict[str, Any]) -> None:
        timeout, times = timeout_of(step), step.get("times", 1)
        if step.get("parallel"):
            outcomes: Iterator[Outcome] | list[Outcome] = self._driver.tokens_at_once(step["of"], timeout, times)
        else:
            outcomes = (self._driver.token(step["of"], timeout) for _ in range(times))
        self._settle(step, outcomes)

    def _do_fetch(self, step: dict[str, Any]) -> None:
        base = self._kit.about["elsewhereUrl" if step.get("to") == "elsewhere" else "resourceUrl"]
        fetch = Fetch(step.get("method", "GET"), base + step.get("path", "/"), step.get("body"), timeout_of(step))
        times = step.get("times", 1)
        if step.get("parallel"):
            outcomes: Iterator[Outcome] | list[Outcome] = self._driver.fetches_at_once(step["of"], fetch, times)
        else:
            outcomes = (self._driver.fetch(step["of"], fetch) for _ in range(times))
        self._settle(step, outcomes)

    def _settle(self, step: dict[str, Any], outcomes: Iterator[Outcome] | list[Outcome]) -> None:
        for outcome in outcomes:
            self._judge(step.get("expect", {}), outcome)
            self._keep(step.get("as", ""), outcome)

    def _do_batch(self, step: dict[str, Any]) -> None:
        outcomes = self._driver.batch(step["of"], timeout_of(step))
        nothing: list[Any] = [{}] * len(outcomes)
        for outcome, expected, alias in zip(outcomes, step.get("expect", nothing), step.get("as", nothing), strict=True):
            self._judge(expected, outcome)
            self._keep(alias or "", outcome)

    def _do_reconnect(self, step: dict[str, Any]) -> None:
        error = self._kept[step["from"]].error
        assert isinstance(error, AuthorizationRequiredError), f"{error} offers no link"
        self._kit.post("/visit", {"url": self._driver.reconnect_url(error)})

    def _do_control(self, step: dict[str, Any]) -> None:
        path: str = step["path"]
        for alias, key in self._keys.items():
            path = path.replace(f"{{{alias}}}", key.connection_id)
        if not step.get("background"):
            self._kit.post(path, step.get("body"))
            return
        thread = threading.Thread(target=self._in_background, args=(path, step.get("body")))
        self._background.append(thread)
        thread.start()

    def _in_background(self, path: str, body: Any) -> None:
        try:
            self._kit.post(path, body)
        except Exception as failure:
            self._failures.append(failure)

    def _do_counts(self, step: dict[str, Any]) -> None:
        actual = flat(self._kit.get("/counts"))
        for name, bound in flat(step.get("expect", {})).items():
            assert actual.get(name, 0) == bound, f"{name} is {actual.get(name, 0)}, not {bound}"
        at_most, at_least = step.get("atMost", {}), step.get("atLeast", {})
        for name, bound in flat(at_most).items():
            assert actual.get(name, 0) <= bound, f"{name} is {actual.get(name, 0)}, more than {bound}"
        for name, bound in flat(at_least).items():
            assert actual.get(name, 0) >= bound, f"{name} is {actual.get(name, 0)}, less than {bound}"

    def _do_requests(self, step: dict[str, Any]) -> None:
        actual = self._kit.get("/requests")["requests"]
        expected = [{**request, "token": self._text_of(request["token"])} for request in step["expect"]]
        shown = [{name: request[name] for name in wanted} for request, wanted in zip(actual, expected)]
        assert len(actual) == len(expected), f"{len(actual)} requests came"
        assert shown == expected

    def _text_of(self, alias: str) -> str:
        token = self._kept[alias].token if alias else None
        return token.access_token if token else ""

    def _keep(self, alias: str, outcome: Outcome) -> None:
        if alias:
            self._kept[alias] = outcome

    def _judge(self, expected: dict[str, Any], outcome: Outcome) -> None:
        if "error" in expected:
            judge_error(expected["error"], outcome.error)
            return
        assert outcome.error is None, repr(outcome.error)
        if "status" in expected:
            assert outcome.status == expected["status"]
        if outcome.token is None:
            return
        for alias in [expected["same"]] if "same" in expected else []:
            other = self._kept[alias].token
            assert other and (outcome.token.version, outcome.token.access_token) == (other.version, other.access_token)
        for alias in [expected["newerThan"]] if "newerThan" in expected else []:
            other = self._kept[alias].token
            assert other and outcome.token.version > other.version
        if "degraded" in expected:
            assert outcome.token.degraded and outcome.token.degraded.reason == expected["degraded"]


def judge_error(expected: dict[str, Any], error: Exception | None) -> None:
    assert error is not None, "it did not fail"
    if "kind" in expected:
        assert expected["kind"] == "origin_unknown" and isinstance(error, OriginUnknownError), repr(error)
        return
    assert isinstance(error, BrokerError), repr(error)
    if "code" in expected:
        codes = expected["code"] if isinstance(expected["code"], list) else [expected["code"]]
        assert error.code.name.lower() in codes, repr(error)
    if "reason" in expected:
        assert error.reason == expected["reason"], repr(error)
    if "reconnect" in expected:
        assert isinstance(error, AuthorizationRequiredError) == expected["reconnect"], repr(error)


def flat(counts: dict[str, Any]) -> dict[str, int]:
    return {**counts.get("calls", {}), **{name: number for name, number in counts.items() if name != "calls"}}


def timeout_of(step: dict[str, Any]) -> float:
    return step["timeoutMs"] / 1000 if "timeoutMs" in step else STEP_TIMEOUT
