import type { CheckedIssuer } from './check-issuer.ts';
import { type JsonObject, memberOf } from './json-object.ts';
import type { Refuse } from './token-error.ts';

/**
 * Make the choice of the issuer that a token names, of those configured. It throws `claim_missing`
 * or `issuer_mismatch`.
 */
export const issuerChoice = <Config extends CheckedIssuer>(
  issuers: readonly Config[],
  refuse: Refuse,
): ((claims: JsonObject) => Config) => {
  const byName = new Map<unknown, Config>(issuers.map((config) => [config.issuer, config]));
  const unchecked = byName.get(null);
  if (unchecked !== undefined) return () => unchecked;
  const unnamed = issuers.find(({ issMayBeAbsent }) => issMayBeAbsent);
  const templates = issuers.filter(({ tenants }) => tenants !== undefined);
  // A token that spells the template out is of no tenant.
  for (const { issuer } of templates) byName.delete(issuer);
  return (claims) => {
    const name = memberOf(claims, 'iss');
    const found =
      byName.get(name) ??
      (name === undefined ? unnamed : templates.find(({ tenants }) => tenants?.accepts(claims)));
    if (found !== undefined) return found;
    if (name === undefined) throw refuse('claim_missing', { step: 'issuer', expected: 'iss' });
    throw refuse('issuer_mismatch', {
      expected: issuers.map(({ issuer }) => issuer),
      actual: name,
    });
  };
};
