package tokenbroker

import (
	"context"
	"errors"
	"slices"
	"time"

	"google.golang.org/grpc/status"

	tokenbrokerv1 "token-broker/gen/go/tokenbroker/v1"
)

// The contract's limit for one call.
const maxBatch = 100

// TokenResult is a token or what asking for it failed with.
type TokenResult struct {
	Token *Token
	Err   error
}

// BatchTokens gives the tokens of many sources: cached ones without a call, the others a hundred to a call, and caches those. Results come
// in the order of the sources; one that fails leaves the others alone. The error is of the whole: the broker was not reached, or
// refused the caller.
func (c *Client) BatchTokens(ctx context.Context, sources ...*TokenSource) ([]TokenResult, error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	results := make([]TokenResult, len(sources))
	var missing []int
	for i, source := range sources {
		if token := source.peek(); token != nil {
			results[i].Token = token
		} else {
			missing = append(missing, i)
		}
	}
	for part := range slices.Chunk(missing, maxBatch) {
		if err := c.batch(ctx, sources, part, results); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// batch fills the results at these indexes by one call.
func (c *Client) batch(ctx context.Context, sources []*TokenSource, indexes []int, results []TokenResult) error {
	batch := &tokenbrokerv1.BatchGetTokensRequest{}
	for _, i := range indexes {
		batch.Requests = append(batch.Requests, sources[i].message(sources[i].pendingRejection()))
	}
	var answer *tokenbrokerv1.BatchGetTokensResponse
	err := retry(ctx, maxAttempts, nil, func(ctx context.Context) (err error) {
		answer, err = c.rpc.BatchGetTokens(ctx, batch)
		return err
	})
	if err != nil {
		return orOriginal(fromStatus(err), err)
	}
	if len(answer.GetResults()) != len(indexes) {
		return errors.New("tokenbroker: the broker answered another number of results than was asked for")
	}
	for at, i := range indexes {
		results[i] = sources[i].takeResult(answer.GetResults()[at], batch.GetRequests()[at].GetRejectedVersion())
	}
	return nil
}

// peek gives the cached token if it may be served.
func (s *TokenSource) peek() *Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mayServe(time.Now()) {
		return s.cached
	}
	return nil
}

func (s *TokenSource) pendingRejection() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rejected
}

func (s *TokenSource) takeResult(result *tokenbrokerv1.TokenResult, rejected uint64) TokenResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token := result.GetToken(); token != nil {
		s.settle(rejected)
		return TokenResult{Token: s.store(fromMessage(token, time.Now()))}
	}
	err := s.client.errorOf(status.ErrorProto(result.GetError()), s.connection)
	token, err := s.fail(err, newFlight(rejected, s.hasSpare(time.Now())))
	return TokenResult{Token: token, Err: err}
}
