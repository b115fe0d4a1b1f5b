import type { FieldProblem, RegistrationField, RegistrationInput } from "./registration-input.ts";

/** Gathers what is wrong with one input. */
export class FieldProblems {
  readonly all: FieldProblem[] = [];

  missing(field: RegistrationField, cure: string, key?: string): void {
    this.#add(field, "missing", "is missing", cure, key);
  }

  invalid(field: RegistrationField, problem: string, cure: string, key?: string): void {
    this.#add(field, "invalid", problem, cure, key);
  }

  has(field: RegistrationField): boolean {
    return this.all.some((problem) => problem.field === field);
  }

  #add(
    field: RegistrationField,
    kind: FieldProblem["kind"],
    problem: string,
    cure: string,
    key?: string,
  ): void {
    this.all.push({ field, kind, problem, cure, ...(key === undefined ? {} : { key }) });
  }
}

/** An empty text counts as not given. */
export const given = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

const PRINTABLE = /^[\x20-\x7e]+$/;
const MAX_LENGTH = { clientId: 2048, clientSecret: 8192, previousClientSecret: 8192 } as const;

/** Client identifiers and secrets are visible ASCII and spaces (RFC 6749 appendix A.1 and A.2). */
export const isCredentialText = (text: string, field: keyof typeof MAX_LENGTH = "clientSecret"): boolean =>
  PRINTABLE.test(text) && text.length <= MAX_LENGTH[field];

/** Whether a text means to be one; which key it is, only a provider's algorithm says. */
export const isPrivateKey = (text: string): boolean => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);

export const checkCredentialText = (
  problems: FieldProblems,
  field: keyof typeof MAX_LENGTH,
  text: string,
): void => {
  if (isCredentialText(text, field)) return;
  problems.invalid(
    field,
    `is longer than ${MAX_LENGTH[field]} characters or holds a character outside printable ASCII`,
    "copy it again from the provider",
  );
};

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** RFC 6749 section 3.3: a scope has no white space, quotation mark or backslash. */
export const checkScopes = (problems: FieldProblems, scopes: RegistrationInput["defaultScopes"]): void => {
  if (scopes === undefined || scopes.every((scope) => SCOPE.test(scope))) return;
  problems.invalid(
    "defaultScopes",
    "holds a scope with white space, a quotation mark, a backslash or a character outside ASCII",
    "name each scope as the provider documents it",
  );
};

const SEPARATOR = /^[\x20-\x7e]{1,3}$/;

export const checkSeparator = (problems: FieldProblems, separator: string | undefined): void => {
  if (separator === undefined || (SEPARATOR.test(separator) && !/[A-Za-z0-9]/.test(separator))) return;
  problems.invalid(
    "scopeSeparator",
    "is not a separator",
    "use one to three punctuation characters or spaces",
  );
};
