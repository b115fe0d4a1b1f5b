package tokenbroker

import (
	"context"
	"sync"
	"time"
)

// flight is one call to the broker that every goroutine in need waits for, each for as long as its own context allows.
type flight struct {
	// The version that the call tells the broker was rejected, or 0.
	rejected uint64
	// Whether a token is at hand that still works, so that nobody needs to wait long.
	hasSpare bool

	done  chan struct{}
	token *Token
	err   error

	mu sync.Mutex
	// What the call failed with while it waits to be tried again, and when it goes on.
	setback error
	until   time.Time
	// Closed and replaced with each setback.
	news chan struct{}
}

func newFlight(rejected uint64, hasSpare bool) *flight {
	return &flight{rejected: rejected, hasSpare: hasSpare, done: make(chan struct{}), news: make(chan struct{})}
}

func (f *flight) land(token *Token, err error) {
	f.token, f.err = token, err
	close(f.done)
}

func (f *flight) hold(setback error, until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.setback, f.until = setback, until
	close(f.news)
	f.news = make(chan struct{})
}

// wait does not wait for a try that comes after the caller's deadline: it fails at once with what the last one failed with.
func (f *flight) wait(ctx context.Context) (*Token, error) {
	deadline, hasDeadline := ctx.Deadline()
	for {
		f.mu.Lock()
		setback, until, news := f.setback, f.until, f.news
		f.mu.Unlock()
		if setback != nil && hasDeadline && time.Now().Before(until) && until.After(deadline) {
			return nil, orOriginal(fromStatus(setback), setback)
		}
		select {
		case <-f.done:
			return f.token, f.err
		case <-news:
		case <-ctx.Done():
			return nil, orOriginal(fromStatus(ctx.Err()), ctx.Err())
		}
	}
}
