/**
 * What is known about revocations. `current`: the issuer said within 5 s that nothing is missing.
 * `polling`: its changes don't come at once, but its lists are fetched by their age. `blind`: neither;
 * the last known lists are used for `staleIfErrorSeconds`. `off`: not asked for.
 */
export type RevocationState = 'off' | 'current' | 'polling' | 'blind';
