/** `npm run generate`: writes `gen/` from `proto/`, in every language that this machine can. */
import { announceLeftOut } from "../toolchains/index.ts";
import { generate } from "./generate.ts";

const { directories, leftOut } = await generate(".");
console.log(`wrote ${directories.join(", ")}`);
announceLeftOut("generated code", leftOut);
