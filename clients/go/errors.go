package tokenbroker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const errorDomain = "tokenbroker"

// Error is what an RPC failed with. Decide by Reason, and by Code where you do not know the reason: reasons are added, codes are not.
type Error struct {
	Code codes.Code
	// Reason is an ErrorReason without its prefix, as docs/reference/errors.md lists them; empty when the broker was not reached.
	Reason   string
	Metadata map[string]string
	// RetryAfter is how long to wait before trying again; zero where the broker did not say.
	RetryAfter time.Duration
	// Fields has what is wrong with the request: the path of each field and the cure.
	Fields map[string]string
	// RequestID is what to look for in the broker's log; set with Internal.
	RequestID string

	cause error
}

// Error is for a person; programs read the fields.
func (e *Error) Error() string {
	name := e.Code.String()
	if e.Reason != "" {
		name += " " + e.Reason
	}
	return fmt.Sprintf("tokenbroker: %s: %s", name, status.Convert(e.cause).Message())
}

// Unwrap gives the error of the RPC, or of the context that ended it.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is(err, context.DeadlineExceeded) and (err, context.Canceled) hold whichever side noticed first.
func (e *Error) Is(target error) bool {
	return target == context.DeadlineExceeded && e.Code == codes.DeadlineExceeded ||
		target == context.Canceled && e.Code == codes.Canceled
}

// Temporary says whether waiting can help, without anybody's doing.
func (e *Error) Temporary() bool {
	return e.Code == codes.Unavailable || e.Code == codes.DeadlineExceeded || e.RetryAfter > 0
}

// AuthorizationRequiredError says that only the person can help, by authorizing (again).
// errors.As finds it, and the [Error] behind it.
type AuthorizationRequiredError struct {
	// Reason is an ErrorReason without its prefix.
	Reason     string
	Connection Connection
	// MissingScopes are those that were asked for and not granted; empty unless Reason is MISSING_SCOPES.
	MissingScopes []string

	failure *Error
	start   func(ctx context.Context, err *AuthorizationRequiredError, redirectURI string) (*ReconnectLink, error)
}

func (e *AuthorizationRequiredError) Error() string { return e.failure.Error() }

// Unwrap gives the [Error].
func (e *AuthorizationRequiredError) Unwrap() error { return e.failure }

// ReconnectLink begins an authorization: of the missing scopes beside those that were granted, else of the provider's usual ones.
// redirectURI is where the browser goes afterwards; empty leaves that to the broker. Each call begins another: call it when the person
// is there.
func (e *AuthorizationRequiredError) ReconnectLink(ctx context.Context, redirectURI string) (*ReconnectLink, error) {
	return e.start(ctx, e, redirectURI)
}

// ReconnectLink is where a person authorizes.
type ReconnectLink struct {
	// AuthorizeURL is to be opened in the person's browser.
	AuthorizeURL string
	// AuthorizationID is for GetAuthorization, which tells how it ended.
	AuthorizationID string
	ExpiresAt       time.Time
}

// OriginUnknownError is what a request fails with where nobody says which origins the token is for.
type OriginUnknownError struct {
	// Origin is where the request would have gone.
	Origin string
}

func (e *OriginUnknownError) Error() string {
	return fmt.Sprintf("tokenbroker: the broker does not know which origins this token is for: name %s in Transport.AllowedOrigins if it may go there", e.Origin)
}

// Reasons that a new authorization answers.
var reconnectReasons = map[string]bool{
	"CONNECTION_NOT_FOUND":     true,
	"REAUTHORIZATION_REQUIRED": true,
	"EXPIRED_NOT_REFRESHABLE":  true,
	"MISSING_SCOPES":           true,
}

// errorOf types what a call about one connection failed with.
func (c *Client) errorOf(err error, connection Connection) error {
	failure := fromStatus(err)
	if failure == nil || !reconnectReasons[failure.Reason] {
		return orOriginal(failure, err)
	}
	return &AuthorizationRequiredError{
		Reason:        failure.Reason,
		failure:       failure,
		Connection:    connection,
		MissingScopes: strings.Fields(failure.Metadata["missing_scopes"]),
		start:         c.startReconnect,
	}
}

func orOriginal(failure *Error, err error) error {
	if failure == nil {
		return err
	}
	return failure
}

func fromStatus(err error) *Error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	answer := status.Convert(contextStatus(err))
	failure := &Error{Code: answer.Code(), cause: err}
	for _, detail := range answer.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == errorDomain {
				failure.Reason, failure.Metadata = detail.GetReason(), detail.GetMetadata()
			}
		case *errdetails.RetryInfo:
			failure.RetryAfter = detail.GetRetryDelay().AsDuration()
		case *errdetails.RequestInfo:
			failure.RequestID = detail.GetRequestId()
		case *errdetails.BadRequest:
			failure.Fields = fieldsOf(detail)
		}
	}
	return failure
}

func contextStatus(err error) error {
	if _, isStatus := status.FromError(err); isStatus {
		return err
	}
	return status.FromContextError(err).Err()
}

func fieldsOf(detail *errdetails.BadRequest) map[string]string {
	fields := make(map[string]string)
	for _, violation := range detail.GetFieldViolations() {
		fields[violation.GetField()] = violation.GetDescription()
	}
	return fields
}

func withoutPrefix(name string) string {
	for _, prefix := range []string{"ERROR_REASON_", "DEGRADED_REASON_"} {
		name = strings.TrimPrefix(name, prefix)
	}
	return name
}
