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
  const names = new Map<string, Registration>();
  const ids = new Map<string, Registration>();
  const add = (registration: Registration): void => {
    names.set(registration.name, registration);
    ids.set(registration.id, registration);
  };
  initial.forEach(add);
  return {
    byName: (name) => names.get(name),
    byId: (id) => ids.get(id),
    all: () => [...names.values()],
    add,
  };
};
