package tokenbroker_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/timestamppb"

	tokenbroker "token-broker/clients/go"
	tokenbrokerv1 "token-broker/gen/go/tokenbroker/v1"
)

// scripted is a broker that answers as a test says.
type scripted struct {
	tokenbrokerv1.UnimplementedTokenBrokerServiceServer
	calls  atomic.Int64
	answer func(call int64, request *tokenbrokerv1.GetTokenRequest) (*tokenbrokerv1.GetTokenResponse, error)
}

func (s *scripted) GetToken(_ context.Context, request *tokenbrokerv1.GetTokenRequest) (*tokenbrokerv1.GetTokenResponse, error) {
	return s.answer(s.calls.Add(1), request)
}

func sourceOf(t *testing.T, broker *scripted, options ...tokenbroker.SourceOption) *tokenbroker.TokenSource {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer()
	tokenbrokerv1.RegisterTokenBrokerServiceServer(server, broker)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///scripted",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	client := tokenbroker.NewFromConn(conn, tokenbroker.WithoutWatch())
	source := client.TokenSource(tokenbroker.Connection{ConnectionID: "c", UserID: "u", Provider: "p"}, options...)
	t.Cleanup(source.Close)
	return source
}

func tokenOf(version uint64, lifetime, cacheable time.Duration, origins ...string) *tokenbrokerv1.GetTokenResponse {
	return &tokenbrokerv1.GetTokenResponse{
		AccessToken:  "secret",
		TokenType:    "Bearer",
		Version:      version,
		ExpiresAt:    timestamppb.New(time.Now().Add(lifetime)),
		RefreshAfter: timestamppb.New(time.Now().Add(cacheable)),
		Usage:        &tokenbrokerv1.TokenUsage{HeaderName: "Authorization", HeaderPrefix: "Bearer ", AllowedOrigins: origins},
	}
}

func unavailable() error {
	return status.Error(codes.Unavailable, "the provider does not answer")
}

func always(answer *tokenbrokerv1.GetTokenResponse) *scripted {
	return &scripted{answer: func(int64, *tokenbrokerv1.GetTokenRequest) (*tokenbrokerv1.GetTokenResponse, error) {
		return answer, nil
	}}
}

func TestTokenSourceIsAnOAuth2TokenSource(t *testing.T) {
	var source oauth2.TokenSource = sourceOf(t, always(tokenOf(7, time.Hour, time.Hour)))
	token, err := source.Token()
	must(t, err)
	if !token.Valid() || token.AccessToken != "secret" || token.Extra("version") != uint64(7) {
		t.Errorf("got type %s, expiry %s, version %v", token.TokenType, token.Expiry, token.Extra("version"))
	}
}

func TestGetAsksAgainForATokenWithTooLittleLeft(t *testing.T) {
	broker := &scripted{answer: func(call int64, request *tokenbrokerv1.GetTokenRequest) (*tokenbrokerv1.GetTokenResponse, error) {
		if request.GetMinTtl().AsDuration() != time.Minute {
			t.Errorf("min_ttl is %s", request.GetMinTtl().AsDuration())
		}
		return tokenOf(uint64(call), time.Hour, -time.Second), nil
	}}
	source := sourceOf(t, broker, tokenbroker.WithMinTTL(time.Minute))
	for range 2 {
		_, err := source.Get(t.Context())
		must(t, err)
	}
	if broker.calls.Load() != 2 {
		t.Errorf("%d calls for a token that may not be cached", broker.calls.Load())
	}
}

func TestGetCachesAShortTokenAlthoughMinTTLIsLonger(t *testing.T) {
	broker := always(tokenOf(1, 30*time.Second, 20*time.Second))
	source := sourceOf(t, broker, tokenbroker.WithMinTTL(time.Hour))
	for range 5 {
		_, err := source.Get(t.Context())
		must(t, err)
	}
	if broker.calls.Load() != 1 {
		t.Errorf("%d calls", broker.calls.Load())
	}
}

func TestGetServesATokenThatStillWorksWhileTheBrokerIsAway(t *testing.T) {
	broker := &scripted{answer: func(call int64, _ *tokenbrokerv1.GetTokenRequest) (*tokenbrokerv1.GetTokenResponse, error) {
		if call > 1 {
			return nil, unavailable()
		}
		return tokenOf(1, time.Hour, -time.Second), nil
	}}
	source := sourceOf(t, broker)
	for range 20 {
		token, err := source.Get(t.Context())
		must(t, err)
		if token.Version != 1 {
			t.Errorf("version %d", token.Version)
		}
	}
	if broker.calls.Load() != 2 {
		t.Errorf("%d calls: the broker is asked again and again", broker.calls.Load())
	}
}

func TestGetServesNoTokenOfADeadGrant(t *testing.T) {
	broker := &scripted{answer: func(call int64, _ *tokenbrokerv1.GetTokenRequest) (*tokenbrokerv1.GetTokenResponse, error) {
		if call > 1 {
			dead, err := status.New(codes.FailedPrecondition, "dead").WithDetails(&errdetails.ErrorInfo{
				Reason: "MISSING_SCOPES", Domain: "tokenbroker", Metadata: map[string]string{"missing_scopes": "read write"},
			})
			must(t, err)
			return nil, dead.Err()
		}
		return tokenOf(1, time.Hour, -time.Second), nil
	}}
	source := sourceOf(t, broker)
	_, err := source.Get(t.Context())
	must(t, err)
	_, err = source.Get(t.Context())
	var person *tokenbroker.AuthorizationRequiredError
	var failure *tokenbroker.Error
	if !errors.As(err, &person) || !errors.As(err, &failure) {
		t.Fatalf("got %v", err)
	}
	if strings.Join(person.MissingScopes, ",") != "read,write" || failure.Code != codes.FailedPrecondition {
		t.Errorf("got %v and %s", person.MissingScopes, failure.Code)
	}
}

func TestGetEndsWithTheCallersContextAlone(t *testing.T) {
	release := make(chan struct{})
	broker := &scripted{answer: func(int64, *tokenbrokerv1.GetTokenRequest) (*tokenbrokerv1.GetTokenResponse, error) {
		<-release
		return tokenOf(1, time.Hour, time.Hour), nil
	}}
	source := sourceOf(t, broker)
	ctx, cancel := context.WithCancel(t.Context())
	canceled := make(chan error)
	go func() {
		_, err := source.Get(ctx)
		canceled <- err
	}()
	patient := make(chan error)
	go func() {
		_, err := source.Get(t.Context())
		patient <- err
	}()
	cancel()
	if err := <-canceled; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	must(t, <-patient)
	if broker.calls.Load() != 1 {
		t.Errorf("%d calls", broker.calls.Load())
	}
}

func TestTransportReportsButDoesNotRepeatABodyThatIsGone(t *testing.T) {
	resource := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer resource.Close()
	broker := &scripted{}
	broker.answer = func(call int64, request *tokenbrokerv1.GetTokenRequest) (*tokenbrokerv1.GetTokenResponse, error) {
		if call == 2 && request.GetRejectedVersion() != 1 {
			t.Errorf("rejected_version is %d", request.GetRejectedVersion())
		}
		return tokenOf(uint64(call), time.Hour, time.Hour, resource.URL), nil
	}
	client := &http.Client{Transport: &tokenbroker.Transport{Source: sourceOf(t, broker)}}
	response, err := client.Post(resource.URL, "text/plain", io.NopCloser(strings.NewReader("once")))
	must(t, err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized || broker.calls.Load() != 2 {
		t.Errorf("status %d after %d calls", response.StatusCode, broker.calls.Load())
	}
}

func TestTransportLeavesTheRequestAlone(t *testing.T) {
	resource := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("Authorization"))
	}))
	defer resource.Close()
	transport := &tokenbroker.Transport{
		Source:         sourceOf(t, always(tokenOf(1, time.Hour, time.Hour))),
		AllowedOrigins: []string{strings.ToUpper(resource.URL)},
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, resource.URL, nil)
	must(t, err)
	response, err := transport.RoundTrip(request)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	if string(body) != "Bearer secret" || request.Header.Get("Authorization") != "" {
		t.Errorf("the resource got %d bytes, the request keeps %d", len(body), len(request.Header.Get("Authorization")))
	}
}

func TestTokenHidesItself(t *testing.T) {
	token, err := sourceOf(t, always(tokenOf(1, time.Hour, time.Hour))).Get(t.Context())
	must(t, err)
	if text := token.String() + token.GoString(); strings.Contains(text, "secret") {
		t.Error("a token prints its text")
	}
}

func TestNewRefusesToSendTokensInTheClear(t *testing.T) {
	for target, fails := range map[string]bool{
		"http://broker.example:8080":  true,
		"ftp://broker.example":        true,
		"broker.example:8080":         true,
		"http://127.0.0.1:8080":       false,
		"http://[::1]:8080":           false,
		"http://localhost":            false,
		"https://broker.example":      false,
		"unix:///run/broker.sock":     false,
		"http://127.0.0.1.evil:8080":  true,
		"http://localhost.evil.test/": true,
	} {
		client, err := tokenbroker.New(target)
		if fails != (err != nil) {
			t.Errorf("%s: %v", target, err)
		}
		if err == nil {
			_ = client.Close()
		}
	}
	client, err := tokenbroker.New("http://broker.example:8080", tokenbroker.WithPlaintext())
	must(t, err)
	must(t, client.Close())
}

// grpc-go itself reads the service config that every release has.
func TestServiceConfigIsValid(t *testing.T) {
	text, err := os.ReadFile(repository + "/proto/tokenbroker/v1/service_config.json")
	must(t, err)
	conn, err := grpc.NewClient("passthrough:///nowhere",
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultServiceConfig(string(text)))
	must(t, err)
	must(t, conn.Close())
}
