/** Loaded before the broker: at SIGUSR2 something of it fails where nobody catches it, with a text that nobody may see. */
const text = process.env["CRASH_TEXT"] ?? "";

const failures = {
  exception: () => {
    throw new TypeError(`${text}\n    at ${text} (/${text}.js:1:1)`, { cause: new Error(text) });
  },
  rejection: () => void Promise.reject(Object.assign(new Error(text), { body: text })),
  value: () => void Promise.reject(text),
  aggregate: () => void Promise.reject(new AggregateError([new Error(text)], text)),
};

process.on("SIGUSR2", () => setImmediate(failures[process.env["CRASH_KIND"] as keyof typeof failures]));
