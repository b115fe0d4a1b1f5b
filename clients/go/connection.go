package tokenbroker

import (
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

func (s *TokenSource) message(rejectedVersion uint64) *tokenbrokerv1.GetTokenRequest {
	request := &tokenbrokerv1.GetTokenRequest{
		ConnectionId:    s.connection.ConnectionID,
		UserId:          s.connection.UserID,
		Provider:        s.connection.Provider,
		McpServerUrl:    s.connection.MCPServerURL,
		Namespace:       s.connection.Namespace,
		TokenName:       s.connection.TokenName,
		RequiredScopes:  s.scopes,
		RejectedVersion: rejectedVersion,
	}
	if s.minTTL > 0 {
		request.MinTtl = durationpb.New(s.minTTL)
	}
	return request
}
