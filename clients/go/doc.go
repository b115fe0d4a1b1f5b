// Package tokenbroker gives Go programs access tokens of third parties that work now.
//
// A [Client] is one connection to the broker. From it come a [TokenSource] for each connection of a person, which is an
// [golang.org/x/oauth2.TokenSource] too, and a [Transport] that sends requests with that token.
//
//	client, err := tokenbroker.New("https://broker.internal:8080", tokenbroker.WithAPIKey(key))
//	source := client.TokenSource(tokenbroker.Connection{ConnectionID: id, UserID: "ada", Provider: "github"})
//	api := &http.Client{Transport: &tokenbroker.Transport{Source: source}}
//
// What the package keeps to itself: a token is cached by its version for as long as the broker allows, is asked for once however many
// goroutines need it, is replaced when the broker pushes another, and leaves the process only towards the origins it is for.
// What fails says in a typed error who must act: see [Error] and [AuthorizationRequiredError].
package tokenbroker
