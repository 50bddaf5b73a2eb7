/**
 * What happens elsewhere, told to every tab. One tab listens for all of them, since a browser opens
 * six connections to an address at most (HTTP/1.1); when it closes, the next one takes over.
 */
export type LiveEvent =
  | { type: 'ended' }
  /** It may have ended while no stream was open. */
  | { type: 'may-have-ended' }
  | { type: 'ticket'; id: number; change: string }
  /** What happened to them while no stream was open is not repeated. */
  | { type: 'tickets-may-have-changed' };

type Listener = (event: LiveEvent) => void;

const CHANNEL = 'latchkey-live';
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** @returns a function that stops listening */
export function listenLive(onEvent: Listener): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  const stopped = new AbortController();
  const tell = (event: LiveEvent) => {
    channel.postMessage(event);
    onEvent(event);
  };
  channel.onmessage = ({ data }: MessageEvent<LiveEvent>) => onEvent(data);
  const untilStopped = new Promise<void>((done) => {
    stopped.signal.addEventListener('abort', () => done());
  });
  navigator.locks
    .request(CHANNEL, { signal: stopped.signal }, async () => {
      const { signal } = stopped;
      keepOpen('/session/events', signal, {
        onRefused: () => tell({ type: 'may-have-ended' }),
        handlers: { ended: () => tell({ type: 'ended' }) },
      });
      keepOpen('/tickets/events', signal, {
        onOpen: () => tell({ type: 'tickets-may-have-changed' }),
        handlers: {
          ticket: (data) => tell({ type: 'ticket', ...(data as { id: number; change: string }) }),
        },
      });
      await untilStopped;
    })
    // Stopped while it waited for its turn.
    .catch(() => undefined);
  return () => {
    stopped.abort();
    channel.close();
  };
}

interface Heard {
  onOpen?: () => void;
  onRefused?: () => void;
  /** By the type of event. */
  handlers: Record<string, (data: unknown) => void>;
}

/** A stream that was refused is tried again later: the browser itself gives up on those. */
function keepOpen(path: string, signal: AbortSignal, { onOpen, onRefused, handlers }: Heard): void {
  let retryMs = FIRST_RETRY_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let source: EventSource | undefined;
  const open = () => {
    source = new EventSource(path);
    source.onopen = () => {
      retryMs = FIRST_RETRY_MS;
      onOpen?.();
    };
    for (const [type, handle] of Object.entries(handlers)) {
      source.addEventListener(type, ({ data }: MessageEvent<string>) => handle(JSON.parse(data)));
    }
    source.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED || signal.aborted) return;
      onRefused?.();
      timer = setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
    };
  };
  open();
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    source?.close();
  });
}
