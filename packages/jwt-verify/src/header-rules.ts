import type { Algorithm } from './algorithms.ts';
import { type JsonObject, memberOf } from './json-object.ts';
import type { Refuse } from './token-error.ts';

/** What a JOSE header must say before any key is looked for. */
export interface HeaderRules {
  readonly algorithms: readonly Algorithm[];
  /** The media type without `application/`, in lower case; `null`: not checked. */
  readonly typ: string | null;
  readonly typMayBeAbsent: boolean;
}

/** The members of a checked header that verification acts on; `jwk`, `jku`, `x5u`, `x5c` never. */
export interface CheckedHeader {
  readonly algorithm: Algorithm;
  readonly kid: string | undefined;
}

/**
 * Check `crit` (RFC 7515 §4.1.11), `typ` (RFC 9068 §4), `alg` (RFC 8725 §3.1) and the form of
 * `kid`. Throws `critical_extension`, `type_not_allowed`, `algorithm_not_allowed` or
 * `token_malformed`.
 */
export const checkHeader = (
  header: JsonObject,
  rules: HeaderRules,
  refuse: Refuse,
): CheckedHeader => {
  if (Object.hasOwn(header, 'crit')) {
    throw refuse('critical_extension', { expected: 'no crit', actual: header.crit });
  }
  const algorithm = memberOf(header, 'alg');
  if (!rules.algorithms.includes(algorithm as Algorithm)) {
    throw refuse('algorithm_not_allowed', { expected: rules.algorithms, actual: algorithm });
  }
  const typ = memberOf(header, 'typ');
  if (typ !== undefined && typeof typ !== 'string') {
    throw refuse('token_malformed', { step: 'type', expected: 'typ as a string', actual: typ });
  }
  const typFits =
    typ === undefined ? rules.typMayBeAbsent : rules.typ === null || mediaTypeOf(typ) === rules.typ;
  if (!typFits) throw refuse('type_not_allowed', { expected: rules.typ, actual: typ });
  const kid = memberOf(header, 'kid');
  if (kid !== undefined && typeof kid !== 'string') {
    throw refuse('token_malformed', { step: 'type', expected: 'kid as a string', actual: kid });
  }
  return { algorithm: algorithm as Algorithm, kid };
};

/** RFC 7515 §4.1.9: the prefix may be left out, and media types know no case. */
export const mediaTypeOf = (typ: string): string => {
  const lower = typ.toLowerCase();
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
};
