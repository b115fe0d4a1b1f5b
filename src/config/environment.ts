export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The one place that looks at environment variables. Remembers every name it was asked for, so that what nobody reads can be warned about.
 * A blank value counts as unset, because compose files and charts pass variables through empty.
 */
export class EnvironmentReader {
  readonly #environment: Environment;
  readonly #asked = new Set<string>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** As it stands, white space included. */
  raw(name: string): string | undefined {
    this.#asked.add(name);
    const value = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
    return value === undefined || value.trim() === "" ? undefined : value;
  }

  /** Without white space around it. */
  text(name: string): string | undefined {
    return this.raw(name)?.trim();
  }

  /** Names that are set, begin with one of `prefixes`, and that nobody has asked for. */
  unread(prefixes: readonly string[]): string[] {
    return Object.keys(this.#environment)
      .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)) && !this.#asked.has(name))
      .toSorted();
  }

  /** Every name asked for so far: what could have been meant. */
  known(): ReadonlySet<string> {
    return this.#asked;
  }
}
