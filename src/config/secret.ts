import { inspect } from "node:util";

const HIDDEN = "[secret]";

/**
 * A secret that cannot be printed by accident: it is `[secret]` in text, in JSON and in inspection, and `reveal()` is the one way to its value.
 * Ask at the moment of use and do not keep the answer: a secret that came from a file follows the file (`FileSecret`).
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
