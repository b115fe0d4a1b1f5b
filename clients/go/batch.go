package tokenbroker

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/status"

	tokenbrokerv1 "token-broker/gen/go/tokenbroker/v1"
)

// The contract's limit for one call.
const maxBatch = 100

// TokenResult is a token or what its request failed with.
type TokenResult struct {
	Token *Token
	Err   error
}

// BatchTokens asks for many tokens at once, a hundred for each call to the broker. Results come in the order of the requests; one that
// fails leaves the others alone. The error is of the whole: the broker was not reached, or refused the caller.
// Nothing is cached: for a token that is used again and again, keep a [TokenSource].
func (c *Client) BatchTokens(ctx context.Context, requests []TokenRequest) ([]TokenResult, error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	results := make([]TokenResult, 0, len(requests))
	for start := 0; start < len(requests); start += maxBatch {
		part, err := c.batch(ctx, requests[start:min(start+maxBatch, len(requests))])
		if err != nil {
			return nil, err
		}
		results = append(results, part...)
	}
	return results, nil
}

func (c *Client) batch(ctx context.Context, requests []TokenRequest) ([]TokenResult, error) {
	batch := &tokenbrokerv1.BatchGetTokensRequest{}
	for _, request := range requests {
		batch.Requests = append(batch.Requests, request.message(0))
	}
	var answer *tokenbrokerv1.BatchGetTokensResponse
	err := retry(ctx, maxAttempts, func(ctx context.Context) (err error) {
		answer, err = c.rpc.BatchGetTokens(ctx, batch)
		return err
	})
	if err != nil {
		return nil, orOriginal(fromStatus(err), err)
	}
	if len(answer.GetResults()) != len(requests) {
		return nil, errors.New("tokenbroker: the broker answered another number of results than was asked for")
	}
	now := time.Now()
	results := make([]TokenResult, len(requests))
	for i, result := range answer.GetResults() {
		results[i] = c.resultOf(result, requests[i].Connection, now)
	}
	return results, nil
}

func (c *Client) resultOf(result *tokenbrokerv1.TokenResult, connection Connection, now time.Time) TokenResult {
	if token := result.GetToken(); token != nil {
		return TokenResult{Token: fromMessage(token, now)}
	}
	return TokenResult{Err: c.errorOf(status.ErrorProto(result.GetError()), connection)}
}
