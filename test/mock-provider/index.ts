/** The mock provider is shipped with the test kit; tests of this repository know it by this place. */
export * from "../../src/testing/mock-provider/index.ts";
