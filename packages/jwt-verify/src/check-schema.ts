import { deepFreeze } from './deep-freeze.ts';
import type { JsonObject } from './json-object.ts';
import type { SchemaResult, StandardSchema } from './standard-schema.ts';
import type { Refuse } from './token-error.ts';

/** Check the claims by the user's schema; what it makes of them stands over the claims as sent. */
export const checkSchema = (
  claims: JsonObject,
  schema: StandardSchema,
  refuse: Refuse,
): JsonObject => {
  const result = schema['~standard'].validate(deepFreeze(claims));
  // By shape: a promise of another realm is no `instanceof Promise`, and would let all claims pass.
  if (!isResult(result)) {
    throw new TypeError('createVerifier: claims must be a schema that validates synchronously');
  }
  if (result.issues !== undefined) {
    throw refuse('claims_rejected', { actual: result.issues.map(({ message }) => message) });
  }
  return { ...claims, ...(result.value as object) };
};

const isResult = (result: object): result is SchemaResult<unknown> =>
  'issues' in result || 'value' in result;
