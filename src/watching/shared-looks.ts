import type { GetTokenRequest, TokenAnswer, TokenManager } from "../tokens/index.ts";

/** Looks at tokens for all streams of this process. */
export interface SharedLooks {
  /** Never rejected. */
  look(request: GetTokenRequest): Promise<TokenAnswer>;
}

/** As many as one statement reads at once. */
const BATCH = 100;

/**
 * What is asked for in one turn of the event loop is read with one statement, and each question once: a thousand streams that watch one token cost one read
 * of it. A look begins after it was asked for, so that it sees the change that it was asked for because of.
 */
export const createSharedLooks = (tokens: Pick<TokenManager, "getTokens">): SharedLooks => {
  let asked = new Map<string, Question>();

  const answerAll = (): void => {
    const questions = [...asked.values()];
    asked = new Map();
    for (let from = 0; from < questions.length; from += BATCH) {
      const batch = questions.slice(from, from + BATCH);
      const answers = tokens.getTokens(batch.map(({ request }) => request));
      for (const [index, { answered }] of batch.entries()) answered(answers[index]!);
    }
  };

  return {
    look(request) {
      const key = JSON.stringify(
        Object.entries(request).map(([name, value]) => [
          name,
          typeof value === "bigint" ? String(value) : value,
        ]),
      );
      const known = asked.get(key);
      if (known) return known.answer;
      if (asked.size === 0) setImmediate(answerAll);
      const { promise: answer, resolve: answered } = Promise.withResolvers<TokenAnswer>();
      asked.set(key, { request, answer, answered });
      return answer;
    },
  };
};

interface Question {
  readonly request: GetTokenRequest;
  readonly answer: Promise<TokenAnswer>;
  readonly answered: (answer: Promise<TokenAnswer>) => void;
}
