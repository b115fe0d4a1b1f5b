import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { EncryptionKeySchema } from "../../../gen/ts/tokenbroker/v1/admin_pb.ts";
import type { KeyStatus } from "../../key-rotation/index.ts";

export const fromKeyStatus = (key: KeyStatus): MessageInitShape<typeof EncryptionKeySchema> => ({
  keyId: key.keyId,
  primary: key.isPrimary,
  configured: key.isConfigured,
  ciphertexts: BigInt(key.ciphertexts),
  ...(key.firstUsedAt && { firstUsedAt: timestampFromDate(key.firstUsedAt) }),
  ...(key.lastUsedAt && { lastUsedAt: timestampFromDate(key.lastUsedAt) }),
});
