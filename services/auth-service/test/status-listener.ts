import { type EventSourceMessage, EventSourceParserStream } from 'eventsource-parser/stream';
import { decodeJwt } from 'jose';
import { vi } from 'vitest';

interface Step {
  uri: string;
  after: number;
  seq: number;
  idx: number[];
}

export const SESSION_REVOKED =
  'https://schemas.openid.net/secevent/caep/event-type/session-revoked';
export const KEY_REMOVED = 'urn:latchkey:event:key-removed';

/** Waits as long as a loaded machine may take. */
export const eventually = <T>(
  check: () => T | Promise<T>,
  { timeout = 10_000 }: { timeout?: number } = {},
): Promise<T> => vi.waitFor(check, { timeout, interval: 10 });

/** The claims of a `change`, not verified. */
export const claimsOf = ({ data }: EventSourceMessage) =>
  decodeJwt<{ events: Record<string, { status_lists: Step[]; kid?: string }> }>(data);

/** Listens like a service does, and keeps all that came. */
export async function listenTo(url: string, { lastEventId }: { lastEventId?: string } = {}) {
  const leaving = new AbortController();
  const response = await fetch(`${url}/status-lists/events`, {
    signal: leaving.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  const events: EventSourceMessage[] = [];
  let bytes = 0;
  let ended = false;
  const read = async () => {
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        controller.enqueue(chunk);
      },
    });
    const parsed = response.body
      ?.pipeThrough(counted)
      .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
      .pipeThrough(new EventSourceParserStream());
    for await (const event of parsed ?? []) events.push(event);
  };
  const done = read()
    .catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  const changes = () => events.filter(({ event }) => event === 'change');
  const states = () => events.filter(({ event }) => event === 'state');
  const steps = () =>
    changes().flatMap((event) => claimsOf(event).events[SESSION_REVOKED]?.status_lists ?? []);
  return {
    response,
    events,
    changes,
    states,
    /** What was revoked, step by step. */
    steps,
    indices: () => steps().flatMap(({ idx }) => idx),
    bytes: () => bytes,
    hasEnded: () => ended,
    /** Waits until it has as many as that. */
    untilIndices: (count: number, timeout = 5_000) =>
      eventually(
        () => {
          const found = steps().reduce((sum, { idx }) => sum + idx.length, 0);
          if (found < count) throw new Error(`${found} of ${count} indices came`);
        },
        { timeout },
      ),
    async close() {
      leaving.abort();
      await done;
    },
  };
}

export type TestListener = Awaited<ReturnType<typeof listenTo>>;
