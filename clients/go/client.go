package tokenbroker

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	tokenbrokerv1 "token-broker/gen/go/tokenbroker/v1"
)

// Calls without a deadline get what the broker itself allows a call.
const defaultTimeout = 20 * time.Second

const (
	// The broker says something at least every 30 s. Half a minute of silence more, and the connection counts as dead.
	keepaliveBound = 75 * time.Second
	connectTimeout = 3 * time.Second
)

// Client is a connection to the broker. It is safe for concurrent use; one for each process is enough.
type Client struct {
	rpc   tokenbrokerv1.TokenBrokerServiceClient
	close func() error
	watch bool
}

// New makes a client of the broker at https://host:port, http://host:port or unix:///path. It does not connect yet.
func New(target string, options ...Option) (*Client, error) {
	chosen := settings{watch: true}
	for _, option := range options {
		option(&chosen)
	}
	address, transport, err := dialTarget(target, chosen)
	if err != nil {
		return nil, err
	}
	dialOptions := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: firstBackoff, Multiplier: 1.6, Jitter: 0.2, MaxDelay: maxBackoff},
			MinConnectTimeout: connectTimeout,
		}),
		// Retries are this package's: it knows RetryInfo and the caller's deadline.
		grpc.WithDisableServiceConfig(),
		grpc.WithDisableRetry(),
	}
	if chosen.bearer != nil {
		dialOptions = append(dialOptions, grpc.WithPerRPCCredentials(bearerCredentials(chosen.bearer)))
	}
	conn, err := grpc.NewClient(address, dialOptions...)
	if err != nil {
		return nil, fmt.Errorf("tokenbroker: %w", err)
	}
	return &Client{rpc: tokenbrokerv1.NewTokenBrokerServiceClient(conn), close: conn.Close, watch: chosen.watch}, nil
}

// NewFromConn makes a client of a connection that you dialled, and that you close.
func NewFromConn(conn grpc.ClientConnInterface, options ...Option) *Client {
	chosen := settings{watch: true}
	for _, option := range options {
		option(&chosen)
	}
	return &Client{rpc: tokenbrokerv1.NewTokenBrokerServiceClient(conn), close: func() error { return nil }, watch: chosen.watch}
}

// RPC is the generated client, for every RPC that has no method here.
func (c *Client) RPC() tokenbrokerv1.TokenBrokerServiceClient { return c.rpc }

// Close ends the connection, and with it every call and watch on it.
func (c *Client) Close() error { return c.close() }

func (c *Client) startReconnect(ctx context.Context, failure *AuthorizationRequiredError, redirectURI string) (*ReconnectLink, error) {
	ctx, cancel := withTimeout(ctx)
	defer cancel()
	connection := failure.Connection
	// Not retried: each call begins an authorization.
	answer, err := c.rpc.StartAuthorization(ctx, &tokenbrokerv1.StartAuthorizationRequest{
		ConnectionId:      connection.ConnectionID,
		UserId:            connection.UserID,
		Provider:          connection.Provider,
		McpServerUrl:      connection.MCPServerURL,
		Namespace:         connection.Namespace,
		RedirectUri:       redirectURI,
		Scopes:            failure.MissingScopes,
		KeepGrantedScopes: len(failure.MissingScopes) > 0,
	})
	if err != nil {
		return nil, orOriginal(fromStatus(err), err)
	}
	return &ReconnectLink{
		AuthorizeURL:    answer.GetAuthorizeUrl(),
		AuthorizationID: answer.GetAuthorizationId(),
		ExpiresAt:       timeOf(answer.GetExpiresAt()),
	}, nil
}

func withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, defaultTimeout)
}

func dialTarget(target string, chosen settings) (string, credentials.TransportCredentials, error) {
	parsed, err := url.Parse(target)
	if err != nil {
		return "", nil, fmt.Errorf("tokenbroker: %q is not a URL", target)
	}
	switch parsed.Scheme {
	case "unix":
		return "unix://" + parsed.Path, insecure.NewCredentials(), nil
	case "https":
		config := chosen.tls
		if config == nil {
			config = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		return hostAndPort(parsed, "443"), credentials.NewTLS(config), nil
	case "http":
		if !chosen.plaintext && !isLoopback(parsed.Hostname()) {
			return "", nil, fmt.Errorf("tokenbroker: %s would carry tokens in the clear: use https://, or WithPlaintext where the network itself encrypts", target)
		}
		return hostAndPort(parsed, "80"), insecure.NewCredentials(), nil
	default:
		return "", nil, fmt.Errorf("tokenbroker: %q must begin with https://, http:// or unix://", target)
	}
}

func hostAndPort(target *url.URL, defaultPort string) string {
	port := target.Port()
	if port == "" {
		port = defaultPort
	}
	return net.JoinHostPort(target.Hostname(), port)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
