// Command fetch calls an API with a connection's token. It exits with 2 where a person has to authorize first, and prints the link.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	tokenbroker "token-broker/clients/go"
)

func main() {
	code, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run() (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	// In a service, client, source and api live as long as the process.
	client, err := tokenbroker.New(os.Getenv("TOKEN_BROKER_URL"), tokenbroker.WithAPIKey(os.Getenv("TOKEN_BROKER_API_KEY")))
	if err != nil {
		return 0, err
	}
	defer client.Close()
	source := client.TokenSource(tokenbroker.Connection{
		ConnectionID: os.Getenv("CONNECTION_ID"),
		UserID:       os.Getenv("USER_ID"),
		Provider:     os.Getenv("PROVIDER"),
	})
	defer source.Close()
	api := &http.Client{Transport: &tokenbroker.Transport{Source: source}}

	request, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("API_URL"), nil)
	if err != nil {
		return 0, err
	}
	response, err := api.Do(request)
	var person *tokenbroker.AuthorizationRequiredError
	if errors.As(err, &person) {
		link, err := person.ReconnectLink(ctx, "")
		if err != nil {
			return 0, err
		}
		fmt.Printf("%s: open %s\n", person.Reason, link.AuthorizeURL)
		return 2, nil
	}
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	fmt.Println(response.Status)
	return 0, nil
}
