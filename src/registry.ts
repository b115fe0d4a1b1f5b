import type { RegistrationInput } from "./config/index.ts";

/** Providers that a program declares in code, for every namespace. */
export interface ProviderRegistry {
  /** Takes part in every broker that this program creates from then on. What is wrong with it is said by `createBroker`. */
  register(provider: RegistrationInput): void;
  /** In the order of registration. */
  all(): readonly RegistrationInput[];
}

export const createRegistry = (): ProviderRegistry => {
  const providers: RegistrationInput[] = [];
  return {
    register: (provider) => void providers.push(provider),
    all: () => [...providers],
  };
};

/** The program's registry: the one piece of module state, so that any module can add a provider before the broker is created. */
export const registry: ProviderRegistry = createRegistry();
