import listed from 'reserved-usernames' with { type: 'json' };
import { skeletonOf } from './skeleton.ts';

/** Of this system and of RFC 2142, beyond the list. */
const OURS = ['latchkey', 'undefined', 'abuse', 'noc', 'hostmaster', 'uucp'];

const RESERVED: ReadonlySet<string> = new Set([...listed, ...OURS].map(skeletonOf));

/** Names that others would take for the operator's, roles among them; look-alikes too. */
export function isReservedName(username: string, roles: ReadonlySet<string>): boolean {
  const skeleton = skeletonOf(username);
  const isRole = (name: string) => skeleton === skeletonOf(name);
  return RESERVED.has(skeleton) || [...roles].some((role) => isRole(role) || isRole(`${role}s`));
}
