export const DEFAULT_MAX_TOKEN_BYTES = 8192;
export const DEFAULT_TYP = 'at+jwt';
export const MAX_CLOCK_TOLERANCE_SECONDS = 60;
export const DEFAULT_CACHE = { maxEntries: 10_000, maxBytes: 32 * 1024 * 1024 } as const;

// Looked up when they are used: test tools put others in their place after modules were loaded.
export const currentClock = (): number => Date.now();
export const currentFetch: typeof fetch = (input, init) => fetch(input, init);
