import type { Verifier } from '@latchkey/jwt-verify';
import type { Log } from '@latchkey/service-kit/process/log';
import type { Config } from '../config.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import type { Store } from '../store.ts';
import { type KeyOperations, keyOperations } from './key-operations.ts';
import { type KeyRing, openKeyRing } from './key-ring.ts';
import { ownVerifier } from './own-verifier.ts';
import { keyRingSigner, sharedSecretSigner, type TokenSigner } from './token-signer.ts';

interface Dependencies {
  config: Pick<Config, 'tokens' | 'keys'>;
  /** This service's own. */
  audience: string;
  /** Of this service, named in challenges. */
  resourceMetadata?: string;
  catalog: CurrentCatalog;
  /** What a minimal token, which names no scopes, may do here. */
  defaultScopes: readonly string[];
  log: Log;
  now: () => number;
}

/** The key set, and what signs and verifies with it. */
export interface Signing {
  signer: TokenSigner;
  /** Absent when tokens are signed with a shared secret. */
  keys: { operations: KeyOperations; ring: KeyRing } | undefined;
  /** Of tokens for this service. */
  verifier: Verifier;
  /** Of tokens for any service here. */
  anyAudienceVerifier: () => Verifier;
  close(): Promise<void>;
}

/** @throws Error when the keys cannot be opened with the key-encryption key */
export async function openSigning(store: Store, deps: Dependencies): Promise<Signing> {
  const { config, audience, catalog, defaultScopes, resourceMetadata, now } = deps;
  const { signer, keys } = await openSigner(store, deps);
  const verifierFor = (audience: string | readonly string[]) =>
    ownVerifier(config.tokens, keys?.ring, { audience, defaultScopes, resourceMetadata, now });
  const verifier = verifierFor(audience);
  const anyAudience = () => {
    const { audiences } = catalog();
    return { audiences, verifier: verifierFor([...audiences]) };
  };
  let held = anyAudience();
  return {
    signer,
    keys,
    verifier,
    anyAudienceVerifier() {
      // The set is another one only when a service or a resource server came, changed or left.
      if (held.audiences !== catalog().audiences) {
        held.verifier.close();
        held = anyAudience();
      }
      return held.verifier;
    },
    async close() {
      await keys?.ring.close();
      verifier.close();
      held.verifier.close();
    },
  };
}

async function openSigner(store: Store, { config, log, now }: Dependencies) {
  const { tokens, keys } = config;
  if (tokens.mode === 'shared-secret') {
    return { signer: sharedSecretSigner(tokens.secret, tokens.profile), keys: undefined };
  }
  if (!keys) throw new Error('public-key mode without keys');
  const { policy, encryption, pollMs } = keys;
  const operations = keyOperations(store, { encryption, policy, now });
  const ring = await openKeyRing(store.keys, { operations, encryption, log, pollMs });
  return { signer: keyRingSigner(ring, policy.algorithm), keys: { operations, ring } };
}
