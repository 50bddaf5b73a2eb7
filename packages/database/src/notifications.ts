import { setTimeout as delay } from 'node:timers/promises';
import pRetry from 'p-retry';
import pg from 'pg';

export interface Follower {
  channel: string;
  /** The connection's name in pg_stat_activity. */
  applicationName: string;
  /** Called with the payload of each notification; `read` asks for a reading now. */
  onNotice(payload: string | undefined): 'read' | undefined;
  /**
   * Called on the same connection after each connect and then every `readEveryMs`, for what was not
   * heard. An answer proves that the connection still works; a failure ends it.
   */
  read(client: pg.Client): Promise<unknown>;
  readEveryMs: number;
  /** The connection listens, and was read. */
  onOpen(): void;
  /** What is sent from now on may be missed until it is open again. */
  onLost(error: unknown): void;
  /** There is no connection yet; said once for each time that there is none. */
  onUnavailable(error: unknown): void;
}

export interface Following {
  close(): Promise<void>;
}

interface Schema<Notice> {
  safeParse(value: unknown): { data?: Notice | undefined };
}

/** The JSON of a notification; undefined for what the schema does not know. */
export function readNotice<Notice>(
  schema: Schema<Notice>,
  payload: string | undefined,
): Notice | undefined {
  try {
    return schema.safeParse(JSON.parse(payload ?? '')).data;
  } catch {
    return undefined;
  }
}

const RECONNECT = {
  retries: Number.POSITIVE_INFINITY,
  minTimeout: 100,
  maxTimeout: 2_000,
  randomize: true,
  unref: true,
} as const;

/**
 * Hears the notifications of a channel (LISTEN) and reconnects by itself. On a connection outside of
 * the pool, whose connections are lent by the statement and would hear nothing.
 */
export function followNotifications({ options }: pg.Pool, follower: Follower): Following {
  const { channel, applicationName, readEveryMs } = follower;
  const stopping = new AbortController();
  const { signal } = stopping;
  let mustRead = false;
  let wake: () => void = () => undefined;

  const untilNextReading = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, readEveryMs).unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (mustRead || signal.aborted) wake();
    });
  const read = async (client: pg.Client) => {
    mustRead = false;
    await follower.read(client);
  };
  /** What a follower cannot make sense of is read instead: an error here would end the process. */
  const needsReading = (payload: string | undefined): boolean => {
    try {
      return follower.onNotice(payload) === 'read';
    } catch {
      return true;
    }
  };
  const close = (client: pg.Client) => client.end().catch(() => undefined);

  const connect = async () => {
    const client = new pg.Client({ ...options, application_name: applicationName });
    const onLost = () => wake();
    client.on('error', onLost).on('end', onLost);
    client.on('notification', ({ payload }) => {
      if (!needsReading(payload)) return;
      mustRead = true;
      wake();
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      await read(client);
      signal.throwIfAborted();
      return client;
    } catch (error) {
      void close(client);
      throw error;
    }
  };

  /** Ends with the connection. */
  const follow = async () => {
    const client = await pRetry(connect, {
      ...RECONNECT,
      signal,
      onFailedAttempt({ error, attemptNumber }) {
        if (attemptNumber === 1) follower.onUnavailable(error);
      },
    });
    try {
      follower.onOpen();
      while (!signal.aborted) {
        await untilNextReading();
        if (!signal.aborted) await read(client);
      }
    } catch (error) {
      if (!signal.aborted) follower.onLost(error);
    } finally {
      await close(client);
    }
  };
  const run = async () => {
    while (!signal.aborted) {
      // Only stopping ends the attempts to connect.
      await follow().catch(() => undefined);
      // Not all instances at the same moment.
      const waitMs = RECONNECT.minTimeout * Math.random();
      await delay(waitMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
  };
  const running = run();

  return {
    async close() {
      stopping.abort();
      wake();
      await running;
    },
  };
}
