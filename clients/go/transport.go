package tokenbroker

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// How much of a refused answer is read, so that its connection can be used again.
const maxDrained = 64 << 10

// Transport is an http.RoundTripper that sends requests with a connection's token, in the header that the provider wants.
//
// Only requests to the origins that the token is for carry it: another request, and one that a redirect leads elsewhere, goes without.
// Where nobody says which origins those are, it fails with an [OriginUnknownError].
//
// When the resource answers 401, the broker is told once that the token's version was rejected, and the request is sent once more with
// another token if its body can be sent again (http.NewRequest sees to that for the usual bodies). Where the grant is dead, the request
// fails with a [AuthorizationRequiredError]; else a 401 that no other token can help is the answer.
type Transport struct {
	Source *TokenSource
	// Base is http.DefaultTransport where it is nil.
	Base http.RoundTripper
	// AllowedOrigins are for where the broker knows none: "https://api.example.com". What the broker knows goes first.
	AllowedOrigins []string
}

// RoundTrip sends the request. It is how an http.Client calls the transport.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	token, err := t.Source.Get(ctx)
	if err != nil {
		closeBody(request)
		return nil, err
	}
	allowed := token.Usage.AllowedOrigins
	if len(allowed) == 0 {
		allowed = t.AllowedOrigins
	}
	origin := originOf(request.URL)
	if len(allowed) == 0 {
		closeBody(request)
		return nil, &OriginUnknownError{Origin: origin}
	}
	if !slices.ContainsFunc(allowed, sameOrigin(origin)) {
		return t.base().RoundTrip(request)
	}
	response, err := t.base().RoundTrip(withToken(request, token))
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	another, err := t.Source.Replace(ctx, token.Version)
	var dead *AuthorizationRequiredError
	if errors.As(err, &dead) {
		drain(response)
		return nil, err
	}
	again, ok := replay(request)
	if err != nil || another == nil || !ok {
		return response, nil
	}
	drain(response)
	return t.base().RoundTrip(withToken(again, another))
}

func (t *Transport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

// A RoundTripper may not change the request that it was given.
func withToken(request *http.Request, token *Token) *http.Request {
	clone := request.Clone(request.Context())
	usage := token.Usage
	if usage.HeaderName == "" {
		usage.HeaderName, usage.HeaderPrefix = "Authorization", "Bearer "
	}
	clone.Header.Set(usage.HeaderName, usage.HeaderPrefix+token.AccessToken)
	return clone
}

func replay(request *http.Request) (*http.Request, bool) {
	if request.Body == nil || request.Body == http.NoBody {
		return request, true
	}
	if request.GetBody == nil {
		return nil, false
	}
	body, err := request.GetBody()
	if err != nil {
		return nil, false
	}
	clone := request.Clone(request.Context())
	clone.Body = body
	return clone, true
}

func drain(response *http.Response) {
	_, _ = io.CopyN(io.Discard, response.Body, maxDrained)
	_ = response.Body.Close()
}

func closeBody(request *http.Request) {
	if request.Body != nil {
		_ = request.Body.Close()
	}
}

func sameOrigin(origin string) func(string) bool {
	return func(allowed string) bool {
		parsed, err := url.Parse(allowed)
		return err == nil && originOf(parsed) == origin
	}
}

// originOf is as RFC 6454 section 6.2 writes it, without the scheme's own port.
func originOf(location *url.URL) string {
	scheme, host, port := strings.ToLower(location.Scheme), strings.ToLower(location.Hostname()), location.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}
