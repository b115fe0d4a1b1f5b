package tokenbroker_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

const (
	repository = "../.."
	kitStart   = time.Minute
)

// kit is what `token-broker test-kit` prints: a broker, a provider and an API that takes its tokens.
type kit struct {
	ControlURL   string `json:"controlUrl"`
	BrokerURL    string `json:"brokerUrl"`
	APIKey       string `json:"apiKey"`
	ResourceURL  string `json:"resourceUrl"`
	ElsewhereURL string `json:"elsewhereUrl"`
	TLS          struct {
		URL               string `json:"url"`
		CA                string `json:"ca"`
		ClientCertificate string `json:"clientCertificate"`
		ClientKey         string `json:"clientKey"`
	} `json:"tls"`
}

// One kit for the whole run; it ends when this process does, with the pipe to its standard input.
var theKit = sync.OnceValues(startKit)

// The kit ends when this is closed: with this process, and not when a garbage collector thinks so.
var lifeline io.WriteCloser

func useKit(t *testing.T) *kit {
	t.Helper()
	started, err := theKit()
	if err != nil {
		t.Fatalf("the test kit does not start (npm ci in the repository first): %v", err)
	}
	return started
}

func startKit() (*kit, error) {
	command := exec.Command(node(), "src/main.ts", "test-kit", "--tls", "--with-stdin", "--seed", "test/clients/kit.json")
	command.Dir = repository
	var stderr bytes.Buffer
	command.Stderr = &stderr
	var err error
	if lifeline, err = command.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	timeout := time.AfterFunc(kitStart, func() { _ = command.Process.Kill() })
	defer timeout.Stop()
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.String())
	}
	started := &kit{}
	return started, json.Unmarshal(line, started)
}

// The repository brings its own Node.
func node() string {
	own, err := filepath.Abs(filepath.Join(repository, "node_modules/.bin/node"))
	if err == nil {
		if _, err = os.Stat(own); err == nil {
			return own
		}
	}
	return "node"
}

func (k *kit) post(path string, body, answer any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	response, err := http.Post(k.ControlURL+path, "application/json", bytes.NewReader(encoded))
	return readAnswer(response, err, path, answer)
}

func (k *kit) get(path string, answer any) error {
	response, err := http.Get(k.ControlURL + path)
	return readAnswer(response, err, path, answer)
}

func readAnswer(response *http.Response, err error, path string, answer any) error {
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, response.Status, text)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
