package tokenbroker

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/oauth2"

	tokenbrokerv1 "token-broker/gen/go/tokenbroker/v1"
)

const (
	// How long a token that still works waits for news of the next.
	refreshTimeout = 3 * time.Second
	// How long it is served after a failed try before the next, where the broker named no time.
	staleRetryAfter = time.Second
	// A token that ends within this is not served when the broker cannot be asked.
	staleMargin = 10 * time.Second
)

// A SourceOption of [Client.TokenSource].
type SourceOption func(*TokenSource)

// WithMinTTL asks for tokens that are good for this long when they are handed out. It counts as at most four fifths of a token's lifetime.
func WithMinTTL(ttl time.Duration) SourceOption {
	return func(s *TokenSource) { s.minTTL = ttl }
}

// WithRequiredScopes fails unless all of these were granted: a [AuthorizationRequiredError] with the missing ones.
func WithRequiredScopes(scopes ...string) SourceOption {
	return func(s *TokenSource) { s.scopes = scopes }
}

// TokenSource gives the tokens of one connection. It is safe for concurrent use: keep one for each connection, and close it when it is done.
// It caches by itself: do not wrap it in oauth2.ReuseTokenSource, which would serve a token that the broker has replaced.
type TokenSource struct {
	client     *Client
	connection Connection
	minTTL     time.Duration
	scopes     []string

	life context.Context
	end  context.CancelFunc

	mu     sync.Mutex
	cached *Token
	// The broker is not asked again before then while the cached token works.
	askAfter time.Time
	// The version that the resource refused and the broker has not been told of, else 0.
	rejected uint64
	// The highest version that the broker was told of: it is told of each once.
	reported uint64
	flight   *flight
	watching bool
	// Whether the stream is up: the cached token is the current one, whatever RefreshAfter says.
	live bool
}

var _ oauth2.TokenSource = (*TokenSource)(nil)

// TokenSource makes the source of one connection's tokens.
func (c *Client) TokenSource(connection Connection, options ...SourceOption) *TokenSource {
	life, end := context.WithCancel(context.Background())
	source := &TokenSource{client: c, connection: connection, life: life, end: end}
	for _, option := range options {
		option(source)
	}
	return source
}

// Close ends the source's watch. Tokens can still be asked for.
func (s *TokenSource) Close() { s.end() }

// Token is for oauth2.TokenSource, whose callers have no context; with one, call [TokenSource.Get] or [TokenSource.WithContext].
func (s *TokenSource) Token() (*oauth2.Token, error) {
	return s.WithContext(context.Background()).Token()
}

// WithContext gives an oauth2.TokenSource of the same cache that ends with the context.
func (s *TokenSource) WithContext(ctx context.Context) oauth2.TokenSource {
	return contextSource{ctx, s}
}

type contextSource struct {
	ctx    context.Context
	source *TokenSource
}

func (c contextSource) Token() (*oauth2.Token, error) {
	token, err := c.source.Get(c.ctx)
	if err != nil {
		return nil, err
	}
	return token.OAuth2(), nil
}

// Get gives a token that works now: the cached one, or what the broker answers. The context ends the wait of this caller alone.
func (s *TokenSource) Get(ctx context.Context) (*Token, error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	for {
		s.mu.Lock()
		s.startWatch()
		if s.mayServe(time.Now()) {
			token := s.cached
			s.mu.Unlock()
			return token, nil
		}
		current := s.join()
		s.mu.Unlock()
		token, err := current.wait(ctx)
		if err != nil {
			return nil, err
		}
		// A resource refused this very token while it was under way: ask once more, and say so.
		s.mu.Lock()
		again := s.rejected == token.Version && current.rejected != token.Version
		s.mu.Unlock()
		if !again {
			return token, nil
		}
	}
}

// Replace gives a token in the place of one that a resource answered 401 to. The broker is told of each version once; nil without an
// error means that it was, and that there is no other token: the 401 is about a permission and not about age.
func (s *TokenSource) Replace(ctx context.Context, version uint64) (*Token, error) {
	s.mu.Lock()
	if s.cached != nil && s.cached.Version > version {
		token := s.cached
		s.mu.Unlock()
		return token, nil
	}
	if s.reported >= version {
		s.mu.Unlock()
		return nil, nil
	}
	s.rejected = version
	s.mu.Unlock()
	return s.Get(ctx)
}

func (s *TokenSource) mayServe(now time.Time) bool {
	token := s.cached
	if token == nil || token.Version == s.rejected {
		return false
	}
	if now.Before(s.askAfter) && token.validFor(staleMargin, now) {
		return true
	}
	return token.validFor(s.minTTL, now) && (s.live || now.Before(token.RefreshAfter))
}

// join gives the call that is under way, or begins one. The lock is held.
func (s *TokenSource) join() *flight {
	if s.flight == nil {
		s.flight = newFlight(s.rejected, s.hasSpare(time.Now()))
		go s.fly(s.flight)
	}
	return s.flight
}

// hasSpare says whether there is a token that still works, although it is time to ask for another. The lock is held.
func (s *TokenSource) hasSpare(now time.Time) bool {
	return s.cached != nil && s.rejected == 0 && s.cached.validFor(staleMargin, now)
}

// The call outlives the callers that began it: the next one has its answer.
func (s *TokenSource) fly(current *flight) {
	timeout, attempts := defaultTimeout, maxAttempts
	if current.hasSpare {
		timeout, attempts = refreshTimeout, 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	var answer *tokenbrokerv1.GetTokenResponse
	err := retry(ctx, attempts, current.hold, func(ctx context.Context) (err error) {
		answer, err = s.client.rpc.GetToken(ctx, s.message(current.rejected))
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		current.land(s.fail(s.client.errorOf(err, s.connection), current))
	} else {
		current.land(s.store(fromMessage(answer, time.Now())), nil)
		s.settle(current.rejected)
	}
	s.flight = nil
}

// fail judges a failed call: a token that still works is served on where waiting helps, and thrown away where it does not. The lock is held.
func (s *TokenSource) fail(err error, current *flight) (*Token, error) {
	var failure *Error
	if !errors.As(err, &failure) {
		return nil, err
	}
	if failure.Temporary() {
		if current.hasSpare && s.cached != nil {
			s.askAfter = time.Now().Add(max(staleRetryAfter, failure.RetryAfter))
			return s.cached, nil
		}
		return nil, err
	}
	// TOKEN_REJECTED leaves the token what it was: it works, for other requests than the one that was refused.
	var dead *AuthorizationRequiredError
	if current.rejected == 0 || errors.As(err, &dead) {
		s.cached = nil
	}
	s.settle(current.rejected)
	return nil, err
}

// settle notes that the broker knows of a rejection, whatever it made of it. The lock is held.
func (s *TokenSource) settle(version uint64) {
	s.reported = max(s.reported, version)
	if s.rejected == version {
		s.rejected = 0
	}
}

// store keeps the newer of two tokens: answers and pushes overtake each other. The lock is held.
func (s *TokenSource) store(token *Token) *Token {
	if s.cached == nil || token.Version >= s.cached.Version {
		s.cached, s.askAfter = token, time.Time{}
	}
	return s.cached
}
