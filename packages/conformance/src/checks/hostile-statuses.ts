import { SIGNED, type Tokens } from '../issuer/tokens.ts';
import type { HostileToken } from './hostile-token.ts';

/** In no list of the kit, and below the bound that a service may have. */
const BEYOND = 1_000_000;

const reference = (
  id: string,
  title: string,
  change: (tokens: Tokens) => Readonly<Record<string, unknown>>,
): HostileToken => ({
  id,
  title,
  rfc: 'Token Status List §6.1, §8.3',
  profiles: SIGNED,
  make: (tokens) => {
    const { status_list } = tokens.issuer.statusLists.next();
    const status = { status_list: { ...status_list, ...change(tokens) } };
    return tokens.mint({ claims: { status } });
  },
});

/** Tokens with a good signature whose revocation cannot be looked up, now or ever. */
export const HOSTILE_STATUSES: readonly HostileToken[] = [
  reference('status-idx-beyond', 'a status beyond the end of its list', () => ({ idx: BEYOND })),
  reference('status-idx-negative', 'a status of a negative index', () => ({ idx: -1 })),
  reference('status-idx-text', 'a status whose index is text', () => ({ idx: '1' })),
  reference('status-elsewhere', 'a status in a list of another origin', ({ issuer }) => ({
    uri: issuer.elsewhereListUri,
  })),
];
