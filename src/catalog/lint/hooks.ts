import { hooks } from "../hooks.ts";
import type { ProviderFacts } from "../schema.ts";

type Point = keyof typeof hooks;

/** An entry may only ask for a hook that exists at that point. */
export const lintHooks = ({ hooks: asked = {} }: Pick<ProviderFacts, "hooks">): string[] =>
  Object.entries(asked)
    .filter(([point, { name }]) => !Object.hasOwn(hooks[point as Point], name))
    .map(([point, { name }]) => `there is no hook ${name} for ${point}`);

/** `point.name` of every hook that no entry asks for. */
export const unusedHooks = (entries: readonly Pick<ProviderFacts, "hooks">[]): string[] => {
  const used = new Set(
    entries.flatMap(({ hooks: asked = {} }) =>
      Object.entries(asked).map(([point, { name }]) => `${point}.${name}`),
    ),
  );
  const all = Object.entries(hooks).flatMap(([point, named]) =>
    Object.keys(named).map((name) => `${point}.${name}`),
  );
  return all.filter((hook) => !used.has(hook));
};
