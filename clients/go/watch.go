package tokenbroker

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	tokenbrokerv1 "token-broker/gen/go/tokenbroker/v1"
)

// How soon a watch that was refused is tried again, unless the broker has no watches at all.
const refusedWatchPause = time.Minute

// startWatch begins to watch with the first token that is asked for. The lock is held.
func (s *TokenSource) startWatch() {
	if s.client.watch && !s.watching && s.life.Err() == nil {
		s.watching = true
		go s.keepWatching()
	}
}

// keepWatching holds one stream after another until the source is closed. Without a stream the token is asked for by its times, as ever.
func (s *TokenSource) keepWatching() {
	var revision uint64
	for attempt := 1; ; attempt++ {
		before := revision
		err := s.watchOnce(&revision)
		s.setLive(false)
		failure := fromStatus(err)
		if failure == nil || s.life.Err() != nil || failure.Code == codes.Unimplemented {
			return
		}
		if revision != before {
			attempt = 1
		}
		pause := delayBefore(attempt, failure.RetryAfter)
		if !isRetryable(failure) && failure.Code != codes.Canceled {
			pause = refusedWatchPause
		}
		if !sleep(s.life, pause) {
			return
		}
	}
}

// watchOnce reads one stream to its end. Silence for longer than the broker's heartbeat ends it.
func (s *TokenSource) watchOnce(revision *uint64) error {
	ctx, cancel := context.WithCancel(s.life)
	defer cancel()
	silence := time.AfterFunc(keepaliveBound, cancel)
	defer silence.Stop()
	stream, err := s.client.rpc.WatchToken(ctx, &tokenbrokerv1.WatchTokenRequest{
		Request:       s.message(0),
		SinceRevision: *revision,
	})
	if err != nil {
		return err
	}
	for {
		event, err := stream.Recv()
		if err != nil {
			return err
		}
		silence.Reset(keepaliveBound)
		if event.GetRevision() > 0 {
			*revision = event.GetRevision()
		}
		s.take(event.GetResult())
	}
}

// take stores what the stream tells; a message without a result is a heartbeat.
func (s *TokenSource) take(result *tokenbrokerv1.TokenResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = true
	if token := result.GetToken(); token != nil {
		s.store(fromMessage(token, time.Now()))
		return
	}
	// What the grant died of is asked for by the next call, so that a person who has just authorized again is not told of yesterday.
	if failure := fromStatus(status.ErrorProto(result.GetError())); failure != nil && !failure.Temporary() {
		s.cached = nil
	}
}

func (s *TokenSource) setLive(live bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = live
}
