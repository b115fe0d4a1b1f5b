/**
 * URI schemes that a browser or an operating system acts on by itself, with colon as in `URL.protocol`. A return address with one of them would
 * run, open or leak something instead of reaching an application, so no list can permit them.
 */
export const refusedSchemes: ReadonlySet<string> = new Set([
  "about:",
  "android-app:",
  "blob:",
  "chrome:",
  "content:",
  "data:",
  "edge:",
  "file:",
  "filesystem:",
  "ftp:",
  "intent:",
  "jar:",
  "javascript:",
  "mailto:",
  "ms-msdt:",
  "ms-officecmd:",
  "res:",
  "resource:",
  "search-ms:",
  "sms:",
  "tel:",
  "vbscript:",
  "view-source:",
  "ws:",
  "wss:",
]);
