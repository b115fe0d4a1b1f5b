package tokenbroker

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	tokenbrokerv1 "token-broker/gen/go/tokenbroker/v1"
)

// Connection names a grant: what a person allowed one of your products to do at one provider.
// Exactly one of Provider and MCPServerURL is set.
type Connection struct {
	ConnectionID string
	UserID       string
	Provider     string
	MCPServerURL string
	// Namespace is "default" where it is empty.
	Namespace string
	// TokenName chooses among several tokens of one grant; empty is the provider's main token.
	TokenName string
}

// TokenRequest is one item of [Client.BatchTokens].
type TokenRequest struct {
	Connection
	// MinTTL asks for a token that is good for this long. It counts as at most four fifths of the token's lifetime.
	MinTTL time.Duration
	// RequiredScopes fails the request unless all of them were granted.
	RequiredScopes []string
}

func (r TokenRequest) message(rejectedVersion uint64) *tokenbrokerv1.GetTokenRequest {
	request := &tokenbrokerv1.GetTokenRequest{
		ConnectionId:    r.ConnectionID,
		UserId:          r.UserID,
		Provider:        r.Provider,
		McpServerUrl:    r.MCPServerURL,
		Namespace:       r.Namespace,
		TokenName:       r.TokenName,
		RequiredScopes:  r.RequiredScopes,
		RejectedVersion: rejectedVersion,
	}
	if r.MinTTL > 0 {
		request.MinTtl = durationpb.New(r.MinTTL)
	}
	return request
}
