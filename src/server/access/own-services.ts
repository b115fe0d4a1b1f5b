import type { DescService } from "@bufbuild/protobuf";

/** The services of the contract; health and reflection tell nothing about anybody. */
export const isOwnService = ({ typeName }: DescService): boolean => typeName.startsWith("tokenbroker.");
