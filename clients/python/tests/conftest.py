from collections.abc import Iterator

import pytest

from .kit import Kit, the_kit


@pytest.fixture(scope="session")
def kit() -> Iterator[Kit]:
    kit = the_kit()
    yield kit
    kit.close()
