import { randomBytes } from "node:crypto";

export const newToken = (prefix: string): string => `${prefix}-${randomBytes(16).toString("base64url")}`;
