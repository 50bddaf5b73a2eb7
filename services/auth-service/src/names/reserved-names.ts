import listed from 'reserved-usernames' with { type: 'json' };
import { skeletonOf } from './skeleton.ts';

/** Roles of this system and of RFC 2142, beyond the list. */
const OURS = ['agent', 'agents', 'latchkey', 'undefined', 'abuse', 'noc', 'hostmaster', 'uucp'];

const RESERVED: ReadonlySet<string> = new Set([...listed, ...OURS].map(skeletonOf));

/** Names that others would take for the operator's; look-alikes too. */
export const isReservedName = (username: string): boolean => RESERVED.has(skeletonOf(username));
