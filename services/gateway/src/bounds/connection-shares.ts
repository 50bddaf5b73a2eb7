import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '@latchkey/service-kit/http/client-network';
import type { Log } from '@latchkey/service-kit/process/log';
import { FairShares } from './fair-shares.ts';

const LOG_INTERVAL_MS = 1_000;
/** How full it may get before connections that wait for their next request make room. */
const FULL = 0.75;
const MAKE_ROOM_INTERVAL_MS = 100;

interface ConnectionBounds {
  maxConnections: number;
  /** Whose connections carry many clients: only the total bounds them. */
  isProxy: (address: string) => boolean;
  /** The bytes that a connection gets which is one too many. */
  refusal: string;
  log: Log;
}

/** Bounds a server's connections, in all and for each client. */
export function boundConnections(server: Server, bounds: ConnectionBounds): void {
  const { maxConnections, isProxy, refusal } = bounds;
  const shares = new FairShares(maxConnections);
  const countRefused = createRefusalLog(bounds.log);
  const makeRoom = createRoomMaker(server, maxConnections);
  server.maxConnections = maxConnections;
  server.on('drop', countRefused);
  server.on('connection', (socket: Socket) => {
    makeRoom(socket);
    // Absent once the connection is closed; a zone (`%eth0`) does not identify the client.
    const address = socket.remoteAddress?.split('%')[0];
    if (!address || isProxy(address)) return;
    const client = networkOf(address);
    if (shares.take(client)) {
      socket.once('close', () => shares.giveBack(client));
      return;
    }
    countRefused();
    socket.end(refusal, () => socket.destroy());
  });
}

/** Idle connections are kept for long, and closed before a new client is refused because of them. */
function createRoomMaker(server: Server, maxConnections: number): (socket: Socket) => void {
  let open = 0;
  let madeRoomAt = Number.NEGATIVE_INFINITY;
  return (socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    if (open < FULL * maxConnections) return;
    if (performance.now() - madeRoomAt < MAKE_ROOM_INTERVAL_MS) return;
    madeRoomAt = performance.now();
    server.closeIdleConnections();
  };
}

/** One line a second at most, however many connections are refused. */
function createRefusalLog(log: Log): () => void {
  let refused = 0;
  return () => {
    refused += 1;
    if (refused > 1) return;
    setTimeout(() => {
      log.warn({ refused }, 'connections refused');
      refused = 0;
    }, LOG_INTERVAL_MS).unref();
  };
}
