import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import type { StatusSchema } from "../../../gen/ts/google/rpc/status_pb.ts";
import type { TokenResultSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { Logger } from "../../telemetry/index.ts";
import type { TokenAnswer } from "../../tokens/index.ts";
import { requestIdKey } from "../context.ts";
import { toBrokerError, toConnectError } from "../errors.ts";
import { reportDefect } from "../report-defect.ts";
import { fromToken } from "./token.ts";

/** A token, or the status that GetToken would have failed with. */
export const fromTokenAnswer = (
  answer: TokenAnswer,
  { method, values }: Pick<HandlerContext, "method" | "values">,
  logger: Logger,
): MessageInitShape<typeof TokenResultSchema> => {
  if (answer.ok) return { result: { case: "token", value: fromToken(answer.token) } };
  const error = toBrokerError(answer.reason);
  const requestId = values.get(requestIdKey);
  reportDefect(logger, method.name, requestId, error);
  return { result: { case: "error", value: statusOf(toConnectError(error, requestId)) } };
};

/** Connect's codes are gRPC's numbers. */
const statusOf = ({
  code,
  rawMessage,
  details,
}: ReturnType<typeof toConnectError>): MessageInitShape<typeof StatusSchema> => ({
  code,
  message: rawMessage,
  details: details.flatMap((detail) =>
    "desc" in detail ? [anyPack(detail.desc, create(detail.desc, detail.value))] : [],
  ),
});
