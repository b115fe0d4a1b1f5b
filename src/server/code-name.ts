import { Code } from "@connectrpc/connect";

/** A code as the Connect protocol spells it: "not_found". */
export const codeName = (code: Code): string =>
  Code[code].replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

const BY_NAME = new Map(
  Object.values(Code)
    .filter((code) => typeof code === "number")
    .map((code) => [codeName(code), code] as const),
);

export const codeOfName = (name: string): Code | undefined => BY_NAME.get(name);
