export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The one place that looks at environment variables. Remembers every name it was asked for, so that what nobody reads can be warned about.
 * A blank value counts as unset, because compose files and charts pass variables through empty.
 */
export class EnvironmentReader {
  readonly #set: ReadonlyMap<string, string>;
  /** Tens of thousands, since every catalog entry has its variables; only a typing error needs them as a set. */
  readonly #asked: string[] = [];
  readonly #unasked: (() => Iterable<string>)[] = [];
  readonly #read = new Set<string>();
  readonly #names: readonly string[];

  constructor(environment: Environment) {
    const entries = Object.entries(environment);
    this.#set = new Map(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
    this.#names = [...this.#set.keys()];
  }

  /** As it stands, white space included. */
  raw(name: string): string | undefined {
    this.#asked.push(name);
    const value = this.#set.get(name);
    if (value === undefined) return undefined;
    this.#read.add(name);
    return value.trim() === "" ? undefined : value;
  }

  /** Without white space around it. */
  text(name: string): string | undefined {
    return this.raw(name)?.trim();
  }

  /** Names that are set, begin with one of `prefixes`, and that nobody has asked for. */
  unread(prefixes: readonly string[]): string[] {
    return this.#names
      .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)) && !this.#read.has(name))
      .toSorted();
  }

  /** Whether anything is set that begins so. */
  hasPrefix(prefix: string): boolean {
    return this.#names.some((name) => name.startsWith(prefix));
  }

  /** Names that need not be asked for, because none of them is set. */
  countAsAsked(names: () => Iterable<string>): void {
    this.#unasked.push(names);
  }

  /** Every name asked for so far: what could have been meant. */
  known(): ReadonlySet<string> {
    return new Set([...this.#asked, ...this.#unasked.flatMap((names) => [...names()])]);
  }
}
