import { createHash } from "node:crypto";

/** One style for every page: the system's own font, light or dark as the reader's system is, readable from a telephone to a wide screen. */
const style = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--line:#dfe3e8;--text:#1b2330;--quiet:#56606e;--good:#1a7f4b;--bad:#b3362b;--wait:#8a6100}
@media (prefers-color-scheme:dark){:root{--ground:#12151a;--card:#1b2028;--line:#323a46;--text:#e9edf2;--quiet:#a9b3c0;--good:#5fd39a;--bad:#ff9387;--wait:#f0c35e}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--text);font:1.0625rem/1.55 system-ui,"Noto Sans",sans-serif}
main{width:100%;max-width:29rem;padding:2.5rem 2rem;background:var(--card);border:1px solid var(--line);border-radius:.875rem;text-align:center}
svg{width:3.25rem;height:3.25rem;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
.good svg{color:var(--good)}
.bad svg{color:var(--bad)}
.wait svg{color:var(--wait)}
h1{margin:1rem 0 .5rem;font-size:1.5rem;line-height:1.25;text-wrap:balance}
p{margin:0;color:var(--quiet);text-wrap:pretty}
.code{margin-top:1.5rem;font-size:.875rem}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media (max-width:24rem){main{padding:2rem 1.25rem}}
@media (forced-colors:active){main{border-color:CanvasText}}
`;

/** For `style-src`: nothing else on a page is styled (CSP level 3, hash sources). */
const styleHash = createHash("sha256").update(style).digest("base64");

export const styleElement = `<style>${style}</style>`;

export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
