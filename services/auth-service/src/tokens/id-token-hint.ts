import { compactVerify, createLocalJWKSet } from 'jose';
import { z } from 'zod';
import type { TokenSigner } from '../keys/token-signer.ts';

const hintClaims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  sid: z.uuid(),
});

/** What an ID token of ours says of whom it was given to. */
export interface IdTokenHint {
  username: string;
  clientId: string;
  sessionId: string;
}

export type ReadIdTokenHint = (token: string) => Promise<IdTokenHint | undefined>;

interface Dependencies {
  issuer: string;
  signer: Pick<TokenSigner, 'publicKeys' | 'algorithm'>;
}

/**
 * Reads an ID token of ours, expired or not (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2).
 *
 * @returns undefined for anything else, and for one whose key is no longer published
 */
export function idTokenHintReader({ issuer, signer }: Dependencies): ReadIdTokenHint {
  return async (token) => {
    try {
      const keys = createLocalJWKSet({ keys: [...signer.publicKeys()] });
      const { payload, protectedHeader } = await compactVerify(token, keys);
      if (protectedHeader.typ !== 'JWT') return undefined;
      const claims = hintClaims.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
      if (claims.iss !== issuer) return undefined;
      return { username: claims.sub, clientId: claims.aud, sessionId: claims.sid };
    } catch {
      return undefined;
    }
  };
}
