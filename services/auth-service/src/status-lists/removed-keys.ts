import type { Log } from '@latchkey/service-kit/process/log';
import type { TokenSigner } from '../keys/token-signer.ts';

interface Dependencies {
  signer: Pick<TokenSigner, 'publicKeys'>;
  /** Reads the key set anew. */
  refreshKeys: () => Promise<void>;
  announce(kid: string): void;
  log: Log;
}

/** The signing keys that were removed in an emergency, each announced once the key set lacks it. */
export function removedKeys({ signer, refreshKeys, announce, log }: Dependencies) {
  const announced = new Set<string>();
  const isPublished = (kid: string) => signer.publicKeys().some((key) => key.kid === kid);

  const add = async (kid: string) => {
    // A reading of the keys that had begun before the removal may still be under way.
    for (let tries = 0; tries < 2 && isPublished(kid); tries += 1) await refreshKeys();
    if (isPublished(kid)) throw new Error('the key set still has it');
    announce(kid);
    announced.add(kid);
    log.warn({ kid }, 'listeners were told of a removed signing key');
  };

  return {
    all: () => [...announced],

    /** @param kids those whose tokens might not have expired; one that fails is tried again next time */
    async update(kids: readonly string[]): Promise<void> {
      for (const kid of announced) if (!kids.includes(kid)) announced.delete(kid);
      for (const kid of kids) {
        if (announced.has(kid)) continue;
        await add(kid).catch((err: unknown) =>
          log.warn({ err, kid }, 'listeners could not be told of a removed signing key'),
        );
      }
    },
  };
}
