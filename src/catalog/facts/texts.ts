import { z } from "zod";

/** An https URL; placeholders as `{name}`. */
export const httpsTemplate = z.string().regex(/^https:\/\/[^\s]+$/, "an https URL, placeholders as {name}");

/** Parameters or headers by name. What a value may hold in braces: `src/catalog/placeholders.ts`. */
export const params = z.record(z.string(), z.string());

export const names = z.array(z.string());

/** Dotted, from the top of an answer (or its `root`): "authed_user.access_token", "data.0.id". Empty = not read. */
export const path = z.string();

/** What the RFCs call a parameter → what this vendor calls it. */
export const rename = z.record(z.string(), z.string());

export const httpMethod = z.enum(["GET", "POST"]);
