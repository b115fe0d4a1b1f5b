/** Of one request, in both versions of HTTP. */
export const MAX_HEADER_BYTES = 16 * 1024;

/** More than any message may have (512 KiB for imports), framing included. */
export const MAX_BODY_BYTES = 640 * 1024;

export const NOT_FOUND_HEADERS = { "cache-control": "no-store", "content-length": "0" } as const;
