import type { Assessment } from "./report.ts";

/** Advisories that concern a package of a release and do not concern the product, each with the reason. To be looked at again with every release. */
export const assessments: readonly Assessment[] = [];
