"""One test kit for the whole run: a broker, a provider and an API that takes its tokens."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import httpx

REPOSITORY = Path(__file__).parents[3]


class Kit:
    def __init__(self) -> None:
        own = REPOSITORY / "node_modules/.bin/node"
        # The kit ends when its standard input does: with this process.
        self._process = subprocess.Popen(
            [str(own) if own.exists() else "node", "src/main.ts", "test-kit", "--tls", "--with-stdin"]
            + ["--seed", "test/clients/kit.json"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the test kit does not start: npm ci in the repository first"
        self.about: dict[str, Any] = json.loads(line)
        self._control = httpx.Client(base_url=self.about["controlUrl"], timeout=60)

    def post(self, path: str, body: Any = None) -> Any:
        return self._answer(self._control.post(path, json=body or {}))

    def get(self, path: str) -> Any:
        return self._answer(self._control.get(path))

    def _answer(self, response: httpx.Response) -> Any:
        assert response.status_code == 200, response.text
        return response.json()

    def close(self) -> None:
        self._control.close()
        self._process.communicate()


@cache
def the_kit() -> Kit:
    return Kit()
