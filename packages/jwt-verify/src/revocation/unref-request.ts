import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

const CHANNEL = 'undici:client:sendHeaders';

interface SentHeaders {
  readonly request: { readonly origin: string | URL; readonly path: string };
  readonly socket: Socket;
}

/**
 * Let a request to this URL that is sent while `start` runs not keep the process running. Node's fetch
 * offers no other way to its socket, and a stream that never ends would hold a process for ever.
 */
export const unrefRequest = async <Result>(
  url: URL,
  start: () => Promise<Result>,
): Promise<Result> => {
  const onSent = (message: unknown) => {
    const { request, socket } = message as SentHeaders;
    const isOurs = String(request.origin) === url.origin && request.path === url.pathname;
    if (isOurs) socket.unref();
  };
  subscribe(CHANNEL, onSent);
  try {
    return await start();
  } finally {
    unsubscribe(CHANNEL, onSent);
  }
};
