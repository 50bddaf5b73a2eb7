import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StartError } from '@latchkey/process/start-error';

/**
 * Claims a data directory for this process. The claim is a listening local socket: it ends with the
 * process, however that ends, and does not depend on process ids, which are reused.
 *
 * @returns a function that releases it
 * @throws StartError when another stack runs on it
 */
export async function claimDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = await socketPath(dataDir);
  const server =
    (await listen(path)) ??
    (await refuseWhenHeld(path, dataDir).then(async () => {
      await rm(path, { force: true });
      return listen(path);
    }));
  if (!server) throw heldBy(dataDir, 'unknown');
  server.unref();
  return async () => {
    server.close();
    await once(server, 'close');
  };
}

/** Short and outside the directory: the path of a socket may have about 100 characters. */
async function socketPath(dataDir: string): Promise<string> {
  const digest = createHash('sha256')
    .update(await realpath(dataDir))
    .digest('hex')
    .slice(0, 20);
  const name = `latchkey-${digest}`;
  return platform() === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

async function listen(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(String(process.pid));
  });
  server.listen(path);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

async function refuseWhenHeld(path: string, dataDir: string): Promise<void> {
  const socket = connect(path);
  let holder: string;
  try {
    await once(socket, 'connect');
    holder = await text(socket);
  } catch {
    return;
  }
  throw heldBy(dataDir, holder);
}

const heldBy = (dataDir: string, holder: string) =>
  new StartError(
    `Another Latchkey (process ${holder}) runs on ${dataDir}: stop it, or set DATA_DIR and PORT for this one.`,
  );
