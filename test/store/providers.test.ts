import { beforeAll, expect, it } from "vitest";
import type { Database, NewProvider, Store } from "../../src/store/index.ts";
import { describeEachStore } from "../support/database.ts";
import { storeOn } from "./fixtures.ts";

const provider = (overrides: Partial<NewProvider> = {}): NewProvider => ({
  template: "",
  clientId: "client-1",
  hosts: ["acme.test", "login.acme.test"],
  definition: '{"tokenUrl":"https://acme.test/token","clientSecret":"s3cret"}',
  ...overrides,
});

describeEachStore("providers", (backend) => {
  let database: Database;
  let store: Store;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
  });

  it("are found by namespace and name, with their definition", async () => {
    const inserted = await store.providers.insert("mine", "acme", provider());
    expect(inserted).toMatchObject({ namespace: "mine", name: "acme", ...provider() });
    expect(await store.providers.find("mine", "acme")).toEqual(inserted);
    expect(await store.providers.find("default", "acme")).toBeUndefined();
    expect(await store.providers.find("mine", "other")).toBeUndefined();
  });

  it("take a name once in a namespace, however many ask at once", async () => {
    const inserts = await Promise.all(
      Array.from({ length: 8 }, () => store.providers.insert("race", "acme", provider())),
    );
    expect(inserts.filter((row) => row !== undefined)).toHaveLength(1);
    expect(await store.providers.insert("race-2", "acme", provider())).toBeDefined();
  });

  it("are replaced by whoever read the newest version, under the same id", async () => {
    const first = (await store.providers.insert("default", "replaced", provider()))!;
    const changed = provider({ clientId: "client-2", definition: "{}" });
    const second = await store.providers.replace(first, changed);
    expect(second).toMatchObject({ id: first.id, createdAt: first.createdAt, ...changed });
    expect(second!.version).toBeGreaterThan(first.version);
    expect(await store.providers.replace(first, provider())).toBeUndefined();
    expect(await store.providers.find("default", "replaced")).toEqual(second);
  });

  it("are listed by name without a key, and deleted once", async () => {
    await store.providers.insert("listed", "b", provider());
    await store.providers.insert("listed", "a", provider({ template: "acme" }));
    const stranger = storeOn(database);
    const listed = await stranger.providers.list("listed");
    expect(listed.map(({ name, template }) => [name, template])).toEqual([
      ["a", "acme"],
      ["b", ""],
    ]);
    expect(listed[0]).not.toHaveProperty("definition");
    expect((await stranger.providers.listAll()).filter(({ namespace }) => namespace === "listed")).toEqual(
      listed,
    );
    await expect(stranger.providers.find("listed", "a")).rejects.toMatchObject({ code: "KEY_UNAVAILABLE" });
    expect(await store.providers.delete("listed", "a")).toBe(true);
    expect(await store.providers.delete("listed", "a")).toBe(false);
    expect(await store.providers.list("default-2")).toEqual([]);
  });

  it("are of another id when a name is registered again: old grants do not follow it", async () => {
    const first = (await store.providers.insert("again", "acme", provider()))!;
    await store.providers.delete("again", "acme");
    expect((await store.providers.insert("again", "acme", provider()))!.id).not.toBe(first.id);
  });
});
