"""When a call may be tried again, and after how long. Waiting itself is the caller's, by thread or by task."""

import random

from .errors import BrokerError

MAX_ATTEMPTS = 12
FIRST_BACKOFF = 0.1
MAX_BACKOFF = 2.0


def delay_before(attempt: int, named: float | None) -> float:
    """What the broker named and up to a tenth more, so that those who were refused together do not return together; else a growing time."""
    if named:
        return named * (1 + random.random() / 10)
    ceiling = min(MAX_BACKOFF, FIRST_BACKOFF * 2.0 ** min(attempt - 1, 10))
    return ceiling * (1 + random.random()) / 2


def delay_after(error: BrokerError, attempt: int, attempts: int, remaining: float) -> float | None:
    """None: the error is the answer. So it is where the wait would outlast the deadline: the caller learns the reason and not that time is up."""
    if attempt >= attempts or not error.is_retryable:
        return None
    delay = delay_before(attempt, error.retry_after)
    return delay if delay < remaining else None
