import type { Readiness } from "./health.ts";

/** Whether this process takes calls: false until everything is started, and again from the moment it drains. */
export interface ReadinessSwitch extends Readiness {
  set(serving: boolean): void;
}

export const createReadiness = (): ReadinessSwitch => {
  const listeners = new Set<() => void>();
  let serving = false;
  return {
    serving: () => serving,
    set(next) {
      if (next === serving) return;
      serving = next;
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
