import { once } from 'node:events';
import { createServer } from 'node:net';
import { findFreePort } from '@latchkey/postgres/free-port';
import { StartError } from '@latchkey/postgres/start-error';
import type { ServiceJson } from '@latchkey/service-kit/service-json';
import { isDoor } from './roles.ts';

export interface Ports {
  origin: string;
  of(service: ServiceJson): number;
}

/**
 * The public port as asked for; the others keep their distance to it, or are free ones.
 *
 * @throws StartError when the public port is taken
 */
export async function choosePorts(services: readonly ServiceJson[], port: number): Promise<Ports> {
  const door = services.find(isDoor);
  if (!door)
    throw new StartError('No service without routes of its own: the public door is missing.');
  const publicPort = port === 0 ? await findFreePort() : port;
  if (!(await isFree(publicPort))) {
    throw new StartError(
      `Port ${publicPort} is in use: stop what listens there, or set PORT to another one.`,
    );
  }
  const chosen = new Map<string, number>([[door.name, publicPort]]);
  const shift = publicPort - door.port;
  for (const service of services) {
    if (service === door) continue;
    const wished = service.port + shift;
    const usable = port !== 0 && wished > 1024 && wished < 65_536 && (await isFree(wished));
    chosen.set(service.name, usable ? wished : await findFreePort());
  }
  return {
    origin: `http://localhost:${publicPort}`,
    of: (service) => chosen.get(service.name) as number,
  };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
