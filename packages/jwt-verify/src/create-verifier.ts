import { assembleVerifier, type IssuerConfig } from './assemble-verifier.ts';
import { assertApart, checkIssuer } from './check-issuer.ts';
import { checkAlgorithms, resolveNumber, resolveRules } from './check-options.ts';
import { currentClock, DEFAULT_CACHE, DEFAULT_MAX_TOKEN_BYTES } from './defaults.ts';
import { keySourceOf } from './key-source-of.ts';
import type { IssuerOptions, VerifierOptions } from './options.ts';
import { revocationOf } from './revocation/resolve-revocation.ts';
import type { OutputOf, StandardSchema } from './standard-schema.ts';
import type { Verifier } from './verifier.ts';

/**
 * Make a verifier of access tokens (RFC 7519, RFC 9068). Unsafe options fail here, with one line that
 * says what to set. Make one and keep it: it holds the keys and the cache.
 *
 * @param options the issuer, the audience and the algorithms to accept; the rest has defaults. For
 *   several issuers `{ issuers: [...] }`
 * @returns the verifier; `await verifier.ready()` before the first request
 * @throws TypeError when no issuer, audience or algorithm is given; when HMAC is mixed with public
 *   keys; for a weak secret, a key-set URL over `http:` beyond loopback, a given key set without a
 *   usable key or with a private one, or a bound out of range
 *
 * @example
 * ```ts
 * import { createVerifier } from '@latchkey/jwt-verify';
 * import { startTestIssuer } from '@latchkey/jwt-verify/testing';
 *
 * const issuer = await startTestIssuer();
 * const verifier = createVerifier({
 *   issuer: issuer.issuer,
 *   audience: 'test-service',
 *   algorithms: ['ES256'],
 * });
 * await verifier.ready();
 * const token = verifier.verifySync(issuer.mint({ claims: { scope: 'todo:read' } }));
 * console.log(token.subject, token.scopes); // test-user [ 'todo:read' ]
 * verifier.close();
 * await issuer.close();
 * ```
 */
export const createVerifier = <Schema extends StandardSchema | undefined = undefined>(
  options: VerifierOptions<Schema>,
): Verifier<OutputOf<Schema>> => {
  const issuers: readonly IssuerOptions[] = 'issuers' in options ? options.issuers : [options];
  const checked = issuers.map((own) => ({ own, whose: checkIssuer(own) }));
  assertApart(checked.map(({ whose }) => whose));
  const now = options.now ?? currentClock;
  const configs = checked.map(({ own, whose }): IssuerConfig => {
    const algorithms = checkAlgorithms(own.algorithms);
    const rules = resolveRules(own, options);
    const keys = keySourceOf(whose.issuer, algorithms, own.keys ?? {}, options);
    const clock = { now, clockToleranceMs: rules.clockToleranceMs };
    const config = { ...rules, ...whose, algorithms, keys, clock };
    return { ...config, revocation: revocationOf(config, own.revocation, options) };
  });
  const cache = options.cache ?? {};
  return assembleVerifier<OutputOf<Schema>>({
    issuers: configs,
    schema: options.claims,
    isRevoked: options.isRevoked,
    cache:
      cache === false
        ? undefined
        : {
            maxEntries: resolveNumber(
              'cache.maxEntries',
              cache.maxEntries,
              DEFAULT_CACHE.maxEntries,
              [1, 1e7],
            ),
            maxBytes: resolveNumber('cache.maxBytes', cache.maxBytes, DEFAULT_CACHE.maxBytes, [
              1024,
              2 ** 34,
            ]),
          },
    maxTokenBytes: resolveNumber(
      'maxTokenBytes',
      options.maxTokenBytes,
      DEFAULT_MAX_TOKEN_BYTES,
      [64, 65_536],
    ),
    challenge: {
      realm: options.realm ?? configs[0]?.audiences?.[0] ?? 'api',
      resourceMetadata: options.resourceMetadata,
    },
    now,
  });
};
