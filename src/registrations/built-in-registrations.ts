import type { Registration } from "../config/index.ts";

/** Registrations that live in this process: from the environment, fixed at start, and from code, added later. */
export interface BuiltInRegistrations {
  byName(name: string): Registration | undefined;
  byId(id: string): Registration | undefined;
  all(): readonly Registration[];
  add(registration: Registration): void;
}

/** Maps, so that names such as `__proto__` or `constructor` are simply absent. */
export const createBuiltInRegistrations = (initial: readonly Registration[]): BuiltInRegistrations => {
  const names = new Map(initial.map((registration) => [registration.name, registration]));
  return {
    byName: (name) => names.get(name),
    byId: (id) => [...names.values()].find((registration) => registration.id === id),
    all: () => [...names.values()],
    add: (registration) => void names.set(registration.name, registration),
  };
};
