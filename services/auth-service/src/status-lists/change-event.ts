import { randomUUID } from 'node:crypto';
import type { TokenSigner } from '../keys/token-signer.ts';
import { listUri } from './list-uri.ts';
import { MAX_CHANGE_INDICES } from './status-channel.ts';
import type { ListChange } from './status-list-repository.ts';

/** One change of one list, as it is queued. */
export interface QueuedChange extends ListChange {
  list: number;
}

/** A member of the event's `status_lists`: these bits take the list from change `after` to `seq`. */
interface ListStep {
  uri: string;
  after: number;
  seq: number;
  idx: number[];
}

interface Dependencies {
  issuer: string;
  signer: TokenSigner;
  now: () => number;
}

const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';
const KEY_REMOVED = 'urn:latchkey:event:key-removed';

/** In base64url, with header and signature, it stays below the 64 KiB that a listener reads. */
const MAX_CLAIMS_BYTES = 44 * 1024;
const BYTES_AN_INDEX = '1310720,'.length;
const BYTES_A_STEP = '{"uri":"","after":2147483647,"seq":2147483647,"idx":[]},'.length;

/** Makes the signed events of the stream (security event tokens, RFC 8417). */
export function changeEvents({ issuer, signer, now }: Dependencies) {
  const sign = (uri: string, eventsAt: (iat: number) => Record<string, object>): string => {
    // In milliseconds, so that a verifier can say how late it is.
    const toe = now() / 1000;
    const iat = Math.floor(toe);
    const subject = { format: 'uri', uri };
    const jti = randomUUID();
    const claims = { iss: issuer, iat, toe, jti, sub_id: subject, events: eventsAt(iat) };
    return signer.sign(claims, 'secevent+jwt');
  };

  return {
    /**
     * As many of these changes as fit, at least the first, in one event.
     *
     * @throws Problem `signing_unavailable`
     */
    revoked(changes: readonly QueuedChange[]): { jws: string; count: number } {
      const { steps, count } = mergeChanges(changes, (list) => listUri(issuer, list));
      const jws = sign(steps[0]?.uri ?? issuer, (iat) => ({
        [SESSION_REVOKED]: { event_timestamp: iat, status_lists: steps },
      }));
      return { jws, count };
    },

    /** @throws Problem `signing_unavailable` */
    keyRemoved: (kid: string): string =>
      sign(`${issuer}/.well-known/jwks.json`, () => ({ [KEY_REMOVED]: { kid } })),
  };
}

export type ChangeEvents = ReturnType<typeof changeEvents>;

/** Consecutive changes of a list become one step, until it has as many indices as a change may have. */
function mergeChanges(changes: readonly QueuedChange[], uriOf: (list: number) => string) {
  const steps: ListStep[] = [];
  const latest = new Map<number, ListStep>();
  let bytes = 0;
  let count = 0;
  for (const { list, seq, indices } of changes) {
    const before = latest.get(list);
    const fits =
      before?.seq === seq - 1 && before.idx.length + indices.length <= MAX_CHANGE_INDICES;
    const step = fits ? before : { uri: uriOf(list), after: seq - 1, seq, idx: [] };
    bytes += indices.length * BYTES_AN_INDEX + (fits ? 0 : BYTES_A_STEP + step.uri.length);
    if (count > 0 && bytes > MAX_CLAIMS_BYTES) break;
    if (!fits) {
      steps.push(step);
      latest.set(list, step);
    }
    step.idx.push(...indices);
    step.seq = seq;
    count += 1;
  }
  return { steps, count };
}
