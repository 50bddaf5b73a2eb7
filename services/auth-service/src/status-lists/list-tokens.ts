import { setTimeout as delay } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import type { TokenSigner } from '../keys/token-signer.ts';
import type { KnownList } from './known-lists.ts';
import { listUri } from './list-uri.ts';

/** How long a verifier uses a list before it asks for a newer one. */
export const LIST_TTL_SECONDS = 30;
const LIFETIME_SECONDS = 86_400;
const MAX_AGE_MS = 300_000;
/** A burst of changes makes no more than five of a list a second. */
const MIN_INTERVAL_MS = 200;
const ETAG_SECONDS = 3_600;

/** A Status List Token (draft-ietf-oauth-status-list §5.1). */
export interface ListToken {
  jwt: Buffer;
  /** The same in every instance for an hour, while the list does not change. */
  etag: string;
  seq: number;
}

interface Built extends ListToken {
  keyId: string | undefined;
  atMs: number;
}

interface Slot {
  built?: Built;
  building?: Promise<Built> | undefined;
}

interface Dependencies {
  issuer: string;
  signer: TokenSigner;
  /** When the lists were last known to be all that the database has. */
  readAt: () => number;
}

/**
 * The signed lists, each built once for all who ask for it. Compressed on the event loop, as they are
 * signed there: a millisecond, where the thread pool would queue it behind password hashes.
 */
export function listTokens({ issuer, signer, readAt }: Dependencies) {
  const slots = new WeakMap<KnownList, Slot>();

  const build = ({ id, seq, bits, expiresAt }: KnownList): Built => {
    const uri = listUri(issuer, id);
    const iat = Math.floor(readAt() / 1000);
    const exp = Math.min(iat + LIFETIME_SECONDS, Math.floor(expiresAt.getTime() / 1000));
    const lst = deflateSync(bits, { level: 6 }).toString('base64url');
    const list = { bits: 1, lst };
    const claims = { iss: issuer, sub: uri, iat, exp, ttl: LIST_TTL_SECONDS, seq };
    const keyId = signer.keyId();
    const jwt = signer.sign({ ...claims, status_list: list }, 'statuslist+jwt');
    const etag = `W/"${[id, seq, Math.floor(iat / ETAG_SECONDS), keyId ?? 'secret'].join('.')}"`;
    return { jwt: Buffer.from(jwt), etag, seq, keyId, atMs: performance.now() };
  };

  const buildSoon = async (list: KnownList, slot: Slot): Promise<Built> => {
    const waitMs = slot.built ? slot.built.atMs + MIN_INTERVAL_MS - performance.now() : 0;
    if (waitMs > 0) await delay(waitMs, undefined, { ref: false });
    slot.built = build(list);
    return slot.built;
  };

  const isGood = ({ seq, keyId, atMs }: Built, list: KnownList): boolean =>
    seq === list.seq && keyId === signer.keyId() && performance.now() - atMs < MAX_AGE_MS;

  return {
    /**
     * The list with every change that this instance knows of now.
     *
     * @throws Problem `signing_unavailable`
     */
    async get(list: KnownList): Promise<ListToken> {
      const slot = slots.get(list) ?? {};
      slots.set(list, slot);
      if (slot.built && isGood(slot.built, list)) return slot.built;
      slot.building ??= buildSoon(list, slot).finally(() => {
        slot.building = undefined;
      });
      return slot.building;
    },
  };
}
