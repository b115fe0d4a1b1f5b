import { styleElement } from "./page-style.ts";

/** The words of one page. All of them are fixed: nothing of a request, a provider or a registration is ever shown. */
export interface PageText {
  readonly tone: "good" | "bad" | "wait";
  readonly title: string;
  readonly text: string;
  /** The fixed code of a failure, for whoever is asked for help. */
  readonly code?: string;
}

const MARKS: Record<PageText["tone"], string> = {
  good: '<path d="M7.5 12.5l3 3 6-7"/>',
  bad: '<path d="M8.5 8.5l7 7m0-7l-7 7"/>',
  wait: '<path d="M12 7v5.5l3.5 2"/>',
};

const mark = (tone: PageText["tone"]): string =>
  `<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/>${MARKS[tone]}</svg>`;

/** A whole document without script, image, link or form. */
export const renderPage = ({ tone, title, text, code }: PageText): Buffer =>
  Buffer.from(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
${styleElement}
</head>
<body>
<main class="${tone}">
${mark(tone)}
<h1>${title}</h1>
<p>${text}</p>${code === undefined ? "" : `\n<p class="code">Code: <code>${code}</code></p>`}
</main>
</body>
</html>
`);
