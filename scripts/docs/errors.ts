import { readFileSync } from "node:fs";
import { codeToHttpStatus, codeToString } from "@connectrpc/connect/protocol-connect";
import { ErrorReasonSchema } from "../../gen/ts/tokenbroker/v1/error_reason_pb.ts";
import { failureCodeOf, parseReason } from "../../src/authorization-flow/failure.ts";
import { BrokerError, type BrokerErrorCode } from "../../src/errors.ts";
import { CODE_OF, ERROR_DOMAIN, toConnectError } from "../../src/server/errors.ts";
import { markdownTable } from "./markdown-table.ts";

const PROTO = new URL("../../proto/tokenbroker/v1/error_reason.proto", import.meta.url);
const PREFIX = "ERROR_REASON_";
const DOCUMENTED_VALUE = /((?: *\/\/.*\n)+) *(ERROR_REASON_[A-Z_]+) = \d+;/g;
const LEADING_CODE = /^([A-Z_]+): /;

/** `docs/reference/errors.md`: every reason with its code, from the table that the server uses and the comments of the contract. */
export const renderErrors = (): string => {
  const meanings = readMeanings(readFileSync(PROTO, "utf8"));
  const reasons = ErrorReasonSchema.values.map(({ name }) => name.slice(PREFIX.length)).filter(isCode);
  const undocumented = reasons.filter((reason) => !meanings.has(reason));
  const uncontracted = Object.keys(CODE_OF).filter((code) => !reasons.includes(code as BrokerErrorCode));
  refuse("has no comment in error_reason.proto", undocumented);
  refuse("is not an ErrorReason", uncontracted);
  const rows = reasons.map((reason) => reasonRow(reason, meanings.get(reason) ?? ""));
  return page(rows, browserRows(reasons));
};

const isCode = (name: string): name is BrokerErrorCode => Object.hasOwn(CODE_OF, name);

const refuse = (problem: string, reasons: readonly string[]): void => {
  if (reasons.length > 0) throw new Error(`${reasons.join(", ")} ${problem}`);
};

/** The comment above each value of the enum; a descriptor at run time carries none. */
const readMeanings = (proto: string): Map<string, string> =>
  new Map(
    [...proto.matchAll(DOCUMENTED_VALUE)].map(([, comment = "", name = ""]) => [
      name.slice(PREFIX.length),
      comment
        .replaceAll(/ *\/\/ ?/g, "")
        .replaceAll("\n", " ")
        .trim(),
    ]),
  );

/** A comment that names a code must name the one that the server sends. */
const withoutCode = (reason: BrokerErrorCode, comment: string): string => {
  const named = LEADING_CODE.exec(comment)?.[1];
  if (named === undefined) return comment;
  const sent = codeToString(CODE_OF[reason]).toUpperCase();
  if (named !== sent) refuse(`answers ${sent}, but error_reason.proto says ${named}`, [reason]);
  return comment.slice(named.length + ": ".length);
};

const carriesRetryInfo = (reason: BrokerErrorCode): boolean =>
  toConnectError(new BrokerError(reason, ""), "").details.some(
    (detail) => "desc" in detail && detail.desc.typeName === "google.rpc.RetryInfo",
  );

const reasonRow = (reason: BrokerErrorCode, comment: string): string[] => {
  const code = CODE_OF[reason];
  const meaning = withoutCode(reason, comment);
  return [
    `\`${reason}\``,
    `\`${codeToString(code)}\``,
    String(codeToHttpStatus(code)),
    String(code.valueOf()),
    carriesRetryInfo(reason) ? "yes" : "",
    `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}`,
  ];
};

/** What a browser is told, for each reason that can end a flow. */
const browserRows = (reasons: readonly BrokerErrorCode[]): string[][] =>
  reasons.flatMap((reason) => {
    const known = parseReason(reason);
    return known === reason ? [[`\`${reason}\``, `\`${failureCodeOf(known)}\``]] : [];
  });

/** `ErrorInfo.metadata`, as the rooms fill it. Values are fixed words, counts and names of variables, scopes and hosts. */
const METADATA = [
  [
    "`missing`",
    "`PROVIDER_NOT_FOUND`",
    "the variables that would activate the provider, separated by commas",
  ],
  [
    "`cause`",
    "`PROVIDER_MISCONFIGURED`",
    "`registration_missing`, `registration_changed` or `client_changed`: what the grant was made with is gone, replaced, or has another client id. `registration_invalid`: it does not pass today's checks. `client_refused`: the provider refuses the client or the endpoint",
  ],
  [
    "`cause`",
    "`KEY_UNAVAILABLE`",
    "`unknown_key`: that key is not configured. `corrupt`: the ciphertext is damaged. `binding`: it does not belong to its row",
  ],
  [
    "`cause`",
    "`REAUTHORIZATION_REQUIRED`",
    "`reauthorization_required`: the provider ended the grant. `refresh_outcome_unknown`: an earlier refresh was cut off and may have spent the refresh token",
  ],
  ["`cause`", "reasons that end a flow", "the reason as `GetAuthorization` tells it"],
  ["`cause`", "`STORE_UNAVAILABLE`", "an SQLSTATE, a system code, or `connection`"],
  [
    "`provider_error`",
    "`PROVIDER_UNAVAILABLE`, `PROVIDER_MISCONFIGURED`",
    "the provider's `error`, where it is a code of the standards",
  ],
  ["`missing_scopes`", "`MISSING_SCOPES`", "separated by spaces"],
  ["`count`", "`PROVIDER_IN_USE`", "how many grants"],
  ["`variable`, `item`", "`REDIRECT_URI_NOT_ALLOWED`", "what to add to which variable"],
  ["`host`", "`EGRESS_DENIED`", "the host that is not called"],
  ["`provider`", "several", "the name that was asked for"],
];

const page = (reasons: string[][], browser: string[][]): string => `# Errors

<!-- Generated by \`npm run docs:generate\` from proto/tokenbroker/v1/error_reason.proto and src/server/errors.ts. Do not edit. -->

Every error of an RPC is a Connect or gRPC code with details of \`google.rpc\`. Decide by \`ErrorInfo.reason\`, and by the code where you do not
know the reason: reasons are added, codes are not. The message text is for people and may change.

| detail | when | holds |
|---|---|---|
| \`ErrorInfo\` | always | \`reason\` (below), \`domain\` = \`${ERROR_DOMAIN}\`, \`metadata\` |
| \`RetryInfo\` | where trying again can help, and always with \`unavailable\` | \`retryDelay\`; also as header or trailer \`grpc-retry-pushback-ms\` |
| \`BadRequest\` | a field is wrong | \`fieldViolations\`: \`field\` as a path in the request, \`description\` with the cure |
| \`RequestInfo\` | \`internal\` | \`requestId\`, as the broker's log has it |

The Connect protocol sends details as JSON with \`type\`, \`value\` (base64 of the message) and a readable \`debug\`; gRPC sends them in
the trailer \`grpc-status-details-bin\`. [Operate with buf curl](../how-to/operate-with-buf-curl.md) shows how to read them.

## Reasons

"Retry" says that the answer always carries \`RetryInfo\`; other reasons may carry it in a particular case.

${markdownTable(["reason", "Connect code", "HTTP", "gRPC", "retry", "meaning and cure"], reasons)}
## Metadata

${markdownTable(["key", "with", "says"], METADATA)}
## Answers without details

These are refused before an RPC is known, so there is no body to read.

| answer | cause |
|---|---|
| 400 | HTTP/1.1 without a usable \`Host\` |
| 404 | the path names no method that is served on this listener |
| 405 | a method other than POST |
| 415 | a \`content-type\` that is neither Connect, gRPC nor gRPC-Web |
| 431 | header fields larger than the listener accepts |
| 505 | HTTP/1.0 |

## What the browser is told

A flow that fails after its state was recognised sends the browser to \`redirect_uri\` with \`error=\` and \`connection_id=\`, or shows a page where
there is no \`redirect_uri\`. \`GetAuthorization\` answers the reason; the browser gets only a fixed word for it. A vendor's own
code or text is never passed on.

${markdownTable(["reason", "`error=`"], browser)}
\`CompleteAuthorization\` answers these reasons as errors, with one exception: \`PROVIDER_UNAVAILABLE\` becomes \`EXCHANGE_FAILED\` with
\`metadata.cause\`, because the code is spent and only a new authorization helps.
`;
