import type { Registrations } from "../registrations/index.ts";

/** Registrations that look each pinned one up once: for the grants of one call, which are often of one provider. Lives as long as the call. */
export const rememberPinned = (registrations: Registrations): Registrations => {
  const found = new Map<string, ReturnType<Registrations["resolvePinned"]>>();
  return {
    ...registrations,
    resolvePinned(namespace, name, pins) {
      const key = JSON.stringify([namespace, name, pins]);
      const known = found.get(key);
      if (known) return known;
      const looking = registrations.resolvePinned(namespace, name, pins);
      found.set(key, looking);
      return looking;
    },
  };
};
