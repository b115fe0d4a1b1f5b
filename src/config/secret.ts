import { inspect } from "node:util";
import { followFile, type FollowedFile, type FollowedFileOptions } from "./followed-file.ts";

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

/** A secret kept in a file: a changed file is read again within a second, and one that has become unusable leaves the last good secret in force. */
export class FileSecret extends Secret {
  readonly #file: FollowedFile<string>;

  /** @throws what reading or parsing the file throws the first time. */
  constructor(options: FollowedFileOptions<string>) {
    super("");
    this.#file = followFile(options);
  }

  override reveal(): string {
    return this.#file.current();
  }
}
