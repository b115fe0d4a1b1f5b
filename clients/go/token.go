package tokenbroker

import (
	"fmt"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/protobuf/types/known/timestamppb"

	tokenbrokerv1 "token-broker/gen/go/tokenbroker/v1"
)

// Token is an access token and what the broker says about it.
type Token struct {
	AccessToken string
	TokenType   string
	// ExpiresAt is zero where the provider did not say, or the token does not expire.
	ExpiresAt time.Time
	// RefreshAfter is until when a cache may serve the token; zero means that it may not.
	RefreshAfter time.Time
	Scopes       []string
	// Version names this access token. It grows, and never repeats for the same connection.
	Version uint64
	// ProviderMetadata is what the provider said beside the token: instance URL, tenant, account ids.
	ProviderMetadata map[string]string
	Usage            Usage
	// Degraded is nil unless something needs attention although the token works.
	Degraded *Degraded

	receivedAt time.Time
}

// Usage is how a request to the provider carries the token.
type Usage struct {
	HeaderName   string
	HeaderPrefix string
	APIBaseURL   string
	// AllowedOrigins are those the token may be sent to; empty means that the broker does not know.
	AllowedOrigins []string
}

// Degraded says why a token that works may not be followed by another.
type Degraded struct {
	// Reason is a DegradedReason without its prefix: "REAUTHORIZATION_REQUIRED", "PROVIDER_UNAVAILABLE".
	Reason        string
	Since         time.Time
	NextAttemptAt time.Time
}

// String and GoString keep the token out of logs.
func (t *Token) String() string {
	return fmt.Sprintf("tokenbroker.Token{version %d, expires %s}", t.Version, t.ExpiresAt.Format(time.RFC3339))
}

// GoString is what %#v prints.
func (t *Token) GoString() string { return t.String() }

// OAuth2 converts to the type of golang.org/x/oauth2. Extra("version") is the token's version, a uint64.
func (t *Token) OAuth2() *oauth2.Token {
	token := &oauth2.Token{AccessToken: t.AccessToken, TokenType: t.TokenType, Expiry: t.ExpiresAt}
	return token.WithExtra(map[string]any{"version": t.Version})
}

// validFor says whether the token lives for this long. What is longer than four fifths of the life it came with counts as that:
// the broker reads min_ttl so too, and without it a token of short life would be asked for on every call.
func (t *Token) validFor(ttl time.Duration, now time.Time) bool {
	if t.ExpiresAt.IsZero() {
		return true
	}
	lifetime := t.ExpiresAt.Sub(t.receivedAt)
	return t.ExpiresAt.Sub(now) > min(ttl, lifetime*4/5)
}

func fromMessage(message *tokenbrokerv1.GetTokenResponse, now time.Time) *Token {
	token := &Token{
		AccessToken:      message.GetAccessToken(),
		TokenType:        message.GetTokenType(),
		ExpiresAt:        timeOf(message.GetExpiresAt()),
		RefreshAfter:     timeOf(message.GetRefreshAfter()),
		Scopes:           message.GetScopes(),
		Version:          message.GetVersion(),
		ProviderMetadata: message.GetProviderMetadata(),
		receivedAt:       now,
		Usage: Usage{
			HeaderName:     message.GetUsage().GetHeaderName(),
			HeaderPrefix:   message.GetUsage().GetHeaderPrefix(),
			APIBaseURL:     message.GetUsage().GetApiBaseUrl(),
			AllowedOrigins: message.GetUsage().GetAllowedOrigins(),
		},
	}
	if degraded := message.GetDegraded(); degraded != nil {
		token.Degraded = &Degraded{
			Reason:        withoutPrefix(degraded.GetReason().String()),
			Since:         timeOf(degraded.GetSince()),
			NextAttemptAt: timeOf(degraded.GetNextAttemptAt()),
		}
	}
	return token
}

func timeOf(timestamp *timestamppb.Timestamp) time.Time {
	if timestamp == nil {
		return time.Time{}
	}
	return timestamp.AsTime()
}
