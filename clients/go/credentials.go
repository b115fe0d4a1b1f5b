package tokenbroker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// An Option of [New].
type Option func(*settings)

type settings struct {
	tls       *tls.Config
	bearer    func(context.Context) (string, error)
	plaintext bool
	watch     bool
}

// WithAPIKey sends a key that the broker's operator made: "tbk_…".
func WithAPIKey(key string) Option {
	return WithBearer(func(context.Context) (string, error) { return key, nil })
}

// WithBearer asks before each call for what proves who is calling: a JWT of the platform, or a key that may change. It should cache.
func WithBearer(credential func(context.Context) (string, error)) Option {
	return func(s *settings) { s.bearer = credential }
}

// WithTLS sets what the broker's certificate is checked against and, for mTLS, the certificate that names this caller.
func WithTLS(config *tls.Config) Option {
	return func(s *settings) { s.tls = config }
}

// WithPlaintext allows http:// to hosts other than this machine: where a mesh encrypts underneath.
func WithPlaintext() Option {
	return func(s *settings) { s.plaintext = true }
}

// WithoutWatch asks for a token when it is about to end, instead of being told of every change.
func WithoutWatch() Option {
	return func(s *settings) { s.watch = false }
}

// LoadTLS reads PEM files: of the authority that signs the broker's certificate (empty means the system's), and for mTLS of this
// caller's certificate and key (empty means none). Certificate and key are read again for each connection: they may be renewed in place.
func LoadTLS(caFile, certFile, keyFile string) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("tokenbroker: read the authority: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tokenbroker: %s holds no certificate", caFile)
		}
	}
	if (certFile == "") != (keyFile == "") {
		return nil, errors.New("tokenbroker: a certificate and its key belong together")
	}
	if certFile == "" {
		return config, nil
	}
	if _, err := tls.LoadX509KeyPair(certFile, keyFile); err != nil {
		return nil, fmt.Errorf("tokenbroker: load the certificate: %w", err)
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		return &pair, err
	}
	return config, nil
}

// bearerCredentials puts the credential on each call. New has checked that the way is encrypted, local, or allowed to be neither.
type bearerCredentials func(context.Context) (string, error)

func (b bearerCredentials) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	credential, err := b(ctx)
	if err != nil {
		return nil, err
	}
	return map[string]string{"authorization": "Bearer " + credential}, nil
}

func (bearerCredentials) RequireTransportSecurity() bool { return false }
