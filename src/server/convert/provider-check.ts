import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type ProviderCheckSchema,
  ProviderCheckStatus,
} from "../../../gen/ts/tokenbroker/v1/verification_pb.ts";
import type { CheckStatus, ProviderCheck } from "../../verification/index.ts";

const STATUS: Readonly<Record<CheckStatus, ProviderCheckStatus>> = {
  passed: ProviderCheckStatus.PASSED,
  warning: ProviderCheckStatus.WARNING,
  failed: ProviderCheckStatus.FAILED,
  not_checked: ProviderCheckStatus.NOT_CHECKED,
};

export const fromProviderCheck = (check: ProviderCheck): MessageInitShape<typeof ProviderCheckSchema> => ({
  ...check,
  status: STATUS[check.status],
});
