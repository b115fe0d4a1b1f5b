import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format, inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSealer, generateFernetKey } from "../crypto/index.ts";
import { followFile } from "./followed-file.ts";
import { loadConfig } from "./load.ts";
import { FileSecret, Secret } from "./secret.ts";

describe("Secret", () => {
  it("prints as [secret] everywhere but where it is asked for", () => {
    const secret = new Secret("hunter2");
    const printed = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 5, showHidden: true }),
      format("%s %o %j", secret, secret, secret),
      Object.keys(secret).join(),
    ].join();
    expect(printed).not.toContain("hunter2");
    expect(printed).toContain("[secret]");
    expect(secret.reveal()).toBe("hunter2");
  });
});

let directory: string;
let path: string;
let nowMs: number;
const clock = { monotonicMs: () => nowMs };
const later = (): void => {
  nowMs += 1000;
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-file-"));
  path = join(directory, "secret");
  nowMs = 0;
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("FileSecret", () => {
  const open = () => {
    writeFileSync(path, "first");
    return new FileSecret({ path, parse: (text) => text.trim(), clock });
  };

  it("follows its file within a second, and not on every use", () => {
    const secret = open();
    writeFileSync(path, "second");
    expect(secret.reveal()).toBe("first");
    later();
    expect(secret.reveal()).toBe("second");
  });

  it("keeps the last good secret while the file is away", () => {
    const secret = open();
    rmSync(path);
    later();
    expect(secret.reveal()).toBe("first");
    writeFileSync(path, "third");
    later();
    expect(secret.reveal()).toBe("third");
  });

  it("follows a link that is moved, as mounted secrets are", () => {
    writeFileSync(join(directory, "one"), "one");
    writeFileSync(join(directory, "two"), "two");
    symlinkSync("one", path);
    const secret = new FileSecret({ path, parse: (text) => text, clock });
    symlinkSync("two", join(directory, "next"));
    renameSync(join(directory, "next"), path);
    later();
    expect(secret.reveal()).toBe("two");
  });

  it("prints as [secret]", () => {
    const secret = open();
    expect(inspect({ secret }, { showHidden: true })).not.toContain("first");
    expect(JSON.stringify(secret)).toBe('"[secret]"');
  });

  it("throws at once for a file that is not there", () => {
    expect(() => new FileSecret({ path, parse: (text) => text })).toThrow("ENOENT");
  });
});

describe("followFile", () => {
  it("tells each content that cannot be used once, and stays with the last good one", () => {
    writeFileSync(path, "1");
    const problems: unknown[] = [];
    const parse = (text: string): number => {
      if (text === "bad") throw new Error("not a number");
      return Number(text);
    };
    const file = followFile({ path, parse, clock, onProblem: (error) => problems.push(error) });
    writeFileSync(path, "bad");
    for (let looks = 0; looks < 3; looks++) {
      later();
      expect(file.current()).toBe(1);
    }
    expect(problems).toHaveLength(1);
    writeFileSync(path, "2");
    later();
    expect(file.current()).toBe(2);
  });
});

describe("a key file", () => {
  it("lets keys that are added decrypt, and changes the one that encrypts at the next start", async () => {
    const [first, second] = [generateFernetKey(), generateFernetKey()];
    const start = () =>
      loadConfig({ CONNECT_TOKEN_ENCRYPTION_KEY_FILE: path, BROKER_DATA_DIR: directory }).config.keyRing;
    const place = { table: "t", row: ["a"], field: "f", version: 1n, pins: "" };
    writeFileSync(path, first);
    const ring = start();
    writeFileSync(path, `${second},${first}`);
    const sealed = createSealer(start()).seal("value", place);
    expect(sealed.keyId).not.toBe(ring.primary.id);
    expect(() => createSealer(ring).open(sealed, place)).toThrow("a key that is not configured");
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect(createSealer(ring).open(sealed, place)).toBe("value");
    expect([...ring.keys.keys()]).toContain(ring.primary.id);
    expect(start().primary.id).toBe(sealed.keyId);
  });
});
