/** A secret that has to be asked for by name, so that printing the object that holds it shows nothing. `config`'s `Secret` is one. */
export interface SecretText {
  reveal(): string;
}

/** The credentials this broker has at a provider. Without a secret it is a public client (RFC 6749 section 2.1). */
export interface Client {
  readonly clientId: string;
  readonly clientSecret: SecretText | undefined;
}

/** Who answers for the URL: `operator` wrote it where the client secret comes from, `user` brought it in a call, a discovery or a variable. */
export type Trust = "operator" | "user";
