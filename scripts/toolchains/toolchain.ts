/** A language other than ours: what this machine can do with it. Everything it installs goes into `toolchainDirectory()` and the tools' own caches. */
export type Language = "go" | "python" | "java";

export type Toolchain = { ready: true; language: Language; path: string } | LeftOut;

export interface LeftOut {
  ready: false;
  language: Language;
  /** For a person: what is absent, or what its registry answered. */
  why: string;
}
