package tokenbroker_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	tokenbroker "token-broker/clients/go"
	tokenbrokerv1 "token-broker/gen/go/tokenbroker/v1"
)

// The suite that every client passes: test/clients/README.md says what its words mean.
type behaviour struct {
	Name        string
	Requires    []string
	Client      clientSpec
	Connections map[string]map[string]any
	Steps       []step
}

type clientSpec struct {
	Watch       *bool
	Listener    string
	Credentials string
}

type step struct {
	Do         string
	Of         names
	Times      int
	Parallel   bool
	TimeoutMs  int
	As         names
	From       string
	Method     string
	Path       string
	To         string
	Body       json.RawMessage
	Background bool

	Expect   json.RawMessage
	AtMost   json.RawMessage
	AtLeast  json.RawMessage
	WithinMs int
	// Of the step, unless it stands beside `calls` in counts.
	AtLeastMs    int
	EventuallyMs int
}

// names is one name or a list of them.
type names []string

func (n *names) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*n = names{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(n))
}

func (n names) at(i int) string {
	if i < len(n) {
		return n[i]
	}
	return ""
}

type expectation struct {
	Same      string
	NewerThan string
	Degraded  string
	Status    int
	Error     *struct {
		Code      names
		Reason    string
		Reconnect *bool
		Kind      string
	}
}

type counts struct {
	Calls     map[string]int
	Watches   *int
	Refreshes *int
	Requests  *int
}

// outcome is what a step came to.
type outcome struct {
	token  *tokenbroker.Token
	err    error
	status int
}

const stepTimeout = 20 * time.Second

func TestBehaviour(t *testing.T) {
	text, err := os.ReadFile(repository + "/test/clients/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var suite struct{ Cases []behaviour }
	if err := json.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	kit := useKit(t)
	missing := missingFeatures(t, kit)
	for _, behaviour := range suite.Cases {
		t.Run(behaviour.Name, func(t *testing.T) {
			for _, feature := range behaviour.Requires {
				if missing[feature] {
					t.Skipf("LEFT OUT: this broker has no %s", feature)
				}
			}
			play(t, kit, behaviour)
		})
	}
}

// missingFeatures asks the broker itself.
func missingFeatures(t *testing.T, kit *kit) map[string]bool {
	client := newClient(t, kit, clientSpec{})
	ctx, cancel := context.WithTimeout(t.Context(), stepTimeout)
	defer cancel()
	_, batch := client.RPC().BatchGetTokens(ctx, &tokenbrokerv1.BatchGetTokensRequest{})
	stream, watch := client.RPC().WatchTokens(ctx, &tokenbrokerv1.WatchTokensRequest{})
	if watch == nil {
		_, watch = stream.Recv()
	}
	return map[string]bool{
		"batch": status.Code(batch) == codes.Unimplemented,
		"watch": status.Code(watch) == codes.Unimplemented,
	}
}

type stage struct {
	t       *testing.T
	kit     *kit
	client  *tokenbroker.Client
	keys    map[string]tokenbroker.Connection
	sources map[string]*tokenbroker.TokenSource
	kept    map[string]outcome
	waiting sync.WaitGroup
}

func play(t *testing.T, kit *kit, behaviour behaviour) {
	must(t, kit.post("/reset", struct{}{}, nil))
	stage := &stage{
		t:       t,
		kit:     kit,
		client:  newClient(t, kit, behaviour.Client),
		keys:    map[string]tokenbroker.Connection{},
		sources: map[string]*tokenbroker.TokenSource{},
		kept:    map[string]outcome{},
	}
	for alias, seed := range behaviour.Connections {
		stage.keys[alias] = seeded(t, kit, seed)
		stage.sources[alias] = stage.client.TokenSource(stage.keys[alias])
		defer stage.sources[alias].Close()
	}
	defer stage.waiting.Wait()
	for i, step := range behaviour.Steps {
		if err := stage.perform(step); err != nil {
			t.Fatalf("step %d (%s): %v", i+1, step.Do, err)
		}
	}
}

// perform repeats a step that may take its time.
func (s *stage) perform(step step) error {
	deadline := time.Now().Add(time.Duration(step.EventuallyMs) * time.Millisecond)
	for {
		began := time.Now()
		err := s.performOnce(step)
		took := time.Since(began)
		if err == nil && step.WithinMs > 0 && took > time.Duration(step.WithinMs)*time.Millisecond {
			err = fmt.Errorf("took %s", took)
		}
		if err == nil && took < time.Duration(step.AtLeastMs)*time.Millisecond {
			err = fmt.Errorf("took only %s", took)
		}
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *stage) performOnce(step step) error {
	switch step.Do {
	case "token":
		return s.each(step, s.token)
	case "fetch":
		return s.each(step, s.fetch)
	case "batch":
		return s.batch(step)
	case "reconnect":
		return s.reconnect(step)
	case "control":
		return s.control(step)
	case "counts":
		return s.counts(step)
	case "requests":
		return s.requests(step)
	default:
		return fmt.Errorf("a runner that does not know %q", step.Do)
	}
}

// each does a step as often as it says, one after the other or at once, and keeps the last outcome.
func (s *stage) each(step step, do func(context.Context, performance) outcome) error {
	times := max(1, step.Times)
	outcomes := make([]outcome, times)
	performance := performance{step: step, gate: newGate(step.Parallel, times)}
	var all sync.WaitGroup
	for i := range times {
		run := func() {
			ctx, cancel := context.WithTimeout(s.t.Context(), timeoutOf(step))
			defer cancel()
			outcomes[i] = do(ctx, performance)
		}
		if step.Parallel {
			all.Go(run)
		} else {
			run()
		}
	}
	all.Wait()
	for _, outcome := range outcomes {
		if err := s.judge(step.Expect, outcome); err != nil {
			return err
		}
		s.keep(step.As.at(0), outcome)
	}
	return nil
}

type performance struct {
	step
	gate http.RoundTripper
}

// gate holds the first answers back until they are together, so that "at once" is so however slow the machine is.
type gate struct {
	left atomic.Int64
	all  sync.WaitGroup
}

func newGate(parallel bool, answers int) http.RoundTripper {
	if !parallel {
		return nil
	}
	gate := &gate{}
	gate.left.Store(int64(answers))
	gate.all.Add(answers)
	return gate
}

func (g *gate) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if g.left.Add(-1) >= 0 {
		g.all.Done()
		g.all.Wait()
	}
	return response, err
}

func timeoutOf(step step) time.Duration {
	if step.TimeoutMs > 0 {
		return time.Duration(step.TimeoutMs) * time.Millisecond
	}
	return stepTimeout
}

func (s *stage) token(ctx context.Context, step performance) outcome {
	token, err := s.sources[step.Of.at(0)].Get(ctx)
	return outcome{token: token, err: err}
}

func (s *stage) fetch(ctx context.Context, step performance) outcome {
	client := &http.Client{Transport: &tokenbroker.Transport{Source: s.sources[step.Of.at(0)], Base: step.gate}}
	base := s.kit.ResourceURL
	if step.To == "elsewhere" {
		base = s.kit.ElsewhereURL
	}
	var body io.Reader
	var text string
	if json.Unmarshal(step.Body, &text) == nil {
		body = strings.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, orDefault(step.Method, "GET"), base+orDefault(step.Path, "/"), body)
	if err != nil {
		return outcome{err: err}
	}
	response, err := client.Do(request)
	if err != nil {
		return outcome{err: err}
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return outcome{status: response.StatusCode, err: err}
}

func (s *stage) batch(step step) error {
	ctx, cancel := context.WithTimeout(s.t.Context(), timeoutOf(step))
	defer cancel()
	var sources []*tokenbroker.TokenSource
	for _, alias := range step.Of {
		sources = append(sources, s.sources[alias])
	}
	results, err := s.client.BatchTokens(ctx, sources...)
	if err != nil {
		return err
	}
	expected := make([]json.RawMessage, len(results))
	if step.Expect != nil {
		if err := json.Unmarshal(step.Expect, &expected); err != nil {
			return err
		}
	}
	for i, result := range results {
		outcome := outcome{token: result.Token, err: result.Err}
		if err := s.judge(expected[i], outcome); err != nil {
			return fmt.Errorf("result %d: %w", i, err)
		}
		s.keep(step.As.at(i), outcome)
	}
	return nil
}

func (s *stage) reconnect(step step) error {
	var dead *tokenbroker.AuthorizationRequiredError
	if !errors.As(s.kept[step.From].err, &dead) {
		return fmt.Errorf("%v offers no link", s.kept[step.From].err)
	}
	link, err := dead.ReconnectLink(s.t.Context(), "")
	if err != nil {
		return err
	}
	return s.kit.post("/visit", map[string]string{"url": link.AuthorizeURL}, nil)
}

func (s *stage) control(step step) error {
	path := step.Path
	for alias, key := range s.keys {
		path = strings.ReplaceAll(path, "{"+alias+"}", key.ConnectionID)
	}
	body := any(struct{}{})
	if step.Body != nil {
		body = step.Body
	}
	if !step.Background {
		return s.kit.post(path, body, nil)
	}
	s.waiting.Go(func() {
		if err := s.kit.post(path, body, nil); err != nil {
			s.t.Errorf("in the background: %v", err)
		}
	})
	return nil
}

func (s *stage) counts(step step) error {
	var actual counts
	if err := s.kit.get("/counts", &actual); err != nil {
		return err
	}
	return errors.Join(
		compareCounts(step.Expect, actual, "=", func(is, bound int) bool { return is == bound }),
		compareCounts(step.AtMost, actual, "<=", func(is, bound int) bool { return is <= bound }),
		compareCounts(step.AtLeast, actual, ">=", func(is, bound int) bool { return is >= bound }),
	)
}

func compareCounts(text json.RawMessage, actual counts, sign string, holds func(int, int) bool) error {
	if text == nil {
		return nil
	}
	var bound counts
	if err := json.Unmarshal(text, &bound); err != nil {
		return err
	}
	var problems []error
	check := func(name string, is int, bound *int) {
		if bound != nil && !holds(is, *bound) {
			problems = append(problems, fmt.Errorf("%s is %d, not %s %d", name, is, sign, *bound))
		}
	}
	for method, number := range bound.Calls {
		check(method, actual.Calls[method], &number)
	}
	check("watches", *actual.Watches, bound.Watches)
	check("refreshes", *actual.Refreshes, bound.Refreshes)
	check("requests", *actual.Requests, bound.Requests)
	return errors.Join(problems...)
}

func (s *stage) requests(step step) error {
	var expected []map[string]string
	if err := json.Unmarshal(step.Expect, &expected); err != nil {
		return err
	}
	var actual struct{ Requests []map[string]string }
	if err := s.kit.get("/requests", &actual); err != nil {
		return err
	}
	if len(actual.Requests) != len(expected) {
		return fmt.Errorf("%d requests came, not %d", len(actual.Requests), len(expected))
	}
	for i, fields := range expected {
		for name, value := range fields {
			if name == "token" && value != "" {
				value = s.kept[value].token.AccessToken
			}
			if actual.Requests[i][name] != value {
				return fmt.Errorf("request %d has another %s", i+1, name)
			}
		}
	}
	return nil
}

func (s *stage) keep(alias string, outcome outcome) {
	if alias != "" {
		s.kept[alias] = outcome
	}
}

func (s *stage) judge(text json.RawMessage, outcome outcome) error {
	var expected expectation
	if text != nil {
		if err := json.Unmarshal(text, &expected); err != nil {
			return err
		}
	}
	if expected.Error != nil {
		return judgeError(expected, outcome)
	}
	if outcome.err != nil {
		return outcome.err
	}
	if expected.Status != 0 && outcome.status != expected.Status {
		return fmt.Errorf("status %d", outcome.status)
	}
	if other := s.kept[expected.Same].token; expected.Same != "" && (other.Version != outcome.token.Version || other.AccessToken != outcome.token.AccessToken) {
		return fmt.Errorf("version %d is not that of %s", outcome.token.Version, expected.Same)
	}
	if expected.NewerThan != "" && outcome.token.Version <= s.kept[expected.NewerThan].token.Version {
		return fmt.Errorf("version %d is not newer than that of %s", outcome.token.Version, expected.NewerThan)
	}
	if expected.Degraded != "" && (outcome.token.Degraded == nil || outcome.token.Degraded.Reason != expected.Degraded) {
		return fmt.Errorf("degraded is %+v", outcome.token.Degraded)
	}
	return nil
}

func judgeError(expected expectation, outcome outcome) error {
	if outcome.err == nil {
		return errors.New("it did not fail")
	}
	if expected.Error.Kind != "" {
		var unknown *tokenbroker.OriginUnknownError
		if expected.Error.Kind != "origin_unknown" || !errors.As(outcome.err, &unknown) {
			return outcome.err
		}
		return nil
	}
	var failure *tokenbroker.Error
	if !errors.As(outcome.err, &failure) {
		return fmt.Errorf("not an error of the broker: %w", outcome.err)
	}
	code := connectName(failure.Code)
	if len(expected.Error.Code) > 0 && !slices.Contains(expected.Error.Code, code) {
		return fmt.Errorf("code %s: %w", code, outcome.err)
	}
	if expected.Error.Reason != "" && failure.Reason != expected.Error.Reason {
		return fmt.Errorf("reason %q: %w", failure.Reason, outcome.err)
	}
	var dead *tokenbroker.AuthorizationRequiredError
	if offers := errors.As(outcome.err, &dead); expected.Error.Reconnect != nil && offers != *expected.Error.Reconnect {
		return fmt.Errorf("offers a link: %t: %w", offers, outcome.err)
	}
	return nil
}

// connectName spells a code as Connect does: DeadlineExceeded is deadline_exceeded.
func connectName(code codes.Code) string {
	var name strings.Builder
	for i, letter := range code.String() {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			name.WriteByte('_')
		}
		name.WriteString(strings.ToLower(string(letter)))
	}
	return name.String()
}

func newClient(t *testing.T, kit *kit, spec clientSpec) *tokenbroker.Client {
	t.Helper()
	key := kit.APIKey
	if spec.Credentials == "wrong" {
		key += "wrong"
	}
	options := []tokenbroker.Option{tokenbroker.WithAPIKey(key)}
	if spec.Watch != nil && !*spec.Watch {
		options = append(options, tokenbroker.WithoutWatch())
	}
	target := kit.BrokerURL
	if spec.Listener != "" && spec.Listener != "clear" {
		target = kit.TLS.URL
		if config := tlsOf(t, kit, spec.Listener); config != nil {
			options = append(options, tokenbroker.WithTLS(config))
		}
	}
	client, err := tokenbroker.New(target, options...)
	must(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func tlsOf(t *testing.T, kit *kit, listener string) *tls.Config {
	switch listener {
	case "untrusted":
		return nil
	case "mtls":
		directory := t.TempDir()
		files := map[string]string{"ca.pem": kit.TLS.CA, "cert.pem": kit.TLS.ClientCertificate, "key.pem": kit.TLS.ClientKey}
		for name, text := range files {
			must(t, os.WriteFile(filepath.Join(directory, name), []byte(text), 0o600))
		}
		config, err := tokenbroker.LoadTLS(
			filepath.Join(directory, "ca.pem"), filepath.Join(directory, "cert.pem"), filepath.Join(directory, "key.pem"))
		must(t, err)
		return config
	default:
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(kit.TLS.CA))
		return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
}

func seeded(t *testing.T, kit *kit, seed map[string]any) tokenbroker.Connection {
	t.Helper()
	if seed["unknown"] == true {
		return tokenbroker.Connection{ConnectionID: uuid(), UserID: "user-1", Provider: "acme"}
	}
	var key tokenbroker.Connection
	must(t, kit.post("/connections", seed, &key))
	return key
}

func uuid() string {
	var random [16]byte
	_, _ = rand.Read(random[:])
	random[6], random[8] = random[6]&0x0f|0x40, random[8]&0x3f|0x80
	text := fmt.Sprintf("%x", random)
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
