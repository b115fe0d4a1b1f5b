import { z } from "zod";

export const text = z.string();
export const share = z.number().min(0).max(1);
export const milliseconds = z.number().nonnegative();
export const seconds = z.number().nonnegative();

/** What was sent is not what is expected; the message names each field. */
export class FormError extends Error {}

/** @throws FormError */
export const readForm = <T extends z.ZodType>(form: T, json: unknown): z.output<T> => {
  const result = form.safeParse(json);
  if (result.success) return result.data;
  throw new FormError(result.error.issues.map(describeIssue).join("; "));
};

const describeIssue = ({ path, message }: z.core.$ZodIssue): string =>
  `${path.length === 0 ? "the whole" : path.join(".")}: ${message}`;
