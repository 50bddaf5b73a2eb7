import type { Server } from 'node:http';
import { type BlockList, isIP, type Socket } from 'node:net';
import type { Log } from '@latchkey/service-kit/log';
import { networkOf } from './client-network.ts';
import { FairShares } from './fair-shares.ts';

const LOG_INTERVAL_MS = 1_000;

interface ConnectionBounds {
  maxConnections: number;
  /** Whose connections carry many clients: only the total bounds them. */
  proxies: BlockList | undefined;
  /** The bytes that a connection gets which is one too many. */
  refusal: string;
  log: Log;
}

/** Bounds a server's connections, in all and for each client. */
export function boundConnections(server: Server, bounds: ConnectionBounds): void {
  const { maxConnections, proxies, refusal } = bounds;
  const shares = new FairShares(maxConnections);
  const countRefused = createRefusalLog(bounds.log);
  server.maxConnections = maxConnections;
  server.on('drop', countRefused);
  server.on('connection', (socket: Socket) => {
    // Absent once the connection is gone; a zone (`%eth0`) says nothing of the client.
    const address = socket.remoteAddress?.split('%')[0];
    if (!address || proxies?.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')) return;
    const client = networkOf(address);
    if (shares.take(client)) {
      socket.once('close', () => shares.giveBack(client));
      return;
    }
    countRefused();
    socket.end(refusal, () => socket.destroy());
  });
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
