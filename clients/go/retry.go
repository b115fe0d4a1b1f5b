package tokenbroker

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"
)

const (
	firstBackoff = 100 * time.Millisecond
	maxBackoff   = 2 * time.Second
	maxAttempts  = 12
)

// retry calls again what may be called again: after the time that the broker named, and after a growing one where the broker was not reached.
// It gives up at once where the wait would outlast the context, so that the caller learns the reason and not that time is up.
// waiting, unless nil, is told before each wait what it waits for and until when.
func retry(ctx context.Context, attempts int, waiting func(error, time.Time), call func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := call(ctx)
		failure := fromStatus(err)
		if failure == nil || attempt >= attempts || !isRetryable(failure) || ctx.Err() != nil {
			return err
		}
		delay := delayBefore(attempt, failure.RetryAfter)
		if waiting != nil {
			waiting(err, time.Now().Add(delay))
		}
		if !sleep(ctx, delay) {
			return err
		}
	}
}

// Of the codes that carry RetryInfo, and UNAVAILABLE without it: nobody answered.
func isRetryable(failure *Error) bool {
	return failure.Code == codes.Unavailable || failure.Code == codes.ResourceExhausted && failure.RetryAfter > 0
}

// delayBefore adds up to a tenth to what the broker named, so that those who were refused together do not return together.
func delayBefore(attempt int, named time.Duration) time.Duration {
	if named > 0 {
		return named + rand.N(named/10+1)
	}
	ceiling := min(maxBackoff, firstBackoff<<min(attempt-1, 10))
	return ceiling/2 + rand.N(ceiling/2+1)
}

// sleep says whether the time passed; it does not begin what the deadline would cut off.
func sleep(ctx context.Context, delay time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= delay {
		return false
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
