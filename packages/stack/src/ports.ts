import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartError } from '@latchkey/process/start-error';
import { isGateway } from '@latchkey/service-kit/joining/roles';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import getPort from 'get-port';

const host = '127.0.0.1';

export interface Ports {
  origin: string;
  of(service: ServiceJson): number;
}

export interface ChosenPorts extends Ports {
  /** Chooses one for a service that came later. */
  add(service: ServiceJson): Promise<void>;
}

/**
 * The public port as requested; the others keep their distance to it where those ports are free.
 *
 * @throws StartError when the public port is taken
 */
export async function choosePorts(
  services: readonly ServiceJson[],
  port: number,
): Promise<ChosenPorts> {
  const gateway = services.find(isGateway);
  if (!gateway) throw new StartError('No service.json has "role": "gateway".');
  const publicPort = port || (await getPort({ host }));
  const trouble = await listenTrouble(publicPort);
  if (trouble === 'EACCES') {
    throw new StartError(`Port ${publicPort} needs more rights: set PORT to one above 1023.`);
  }
  if (trouble) {
    throw new StartError(
      `Port ${publicPort} is in use: stop what listens there, or set PORT to another one.`,
    );
  }
  const chosen = new Map<string, number>([[gateway.name, publicPort]]);
  const shift = publicPort - gateway.port;
  const add = async (service: ServiceJson) => {
    const wished = service.port + shift;
    const isPossible = port !== 0 && wished > 1024 && wished < 65_536;
    chosen.set(service.name, await getPort({ host, port: isPossible ? wished : 0 }));
  };
  for (const service of services) if (service !== gateway) await add(service);
  return {
    origin: `http://localhost:${publicPort}`,
    of: (service) => chosen.get(service.name) as number,
    add,
  };
}

/** The error code of listening there; undefined when it works. */
async function listenTrouble(port: number): Promise<string | undefined> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
  server.close();
  await once(server, 'close');
  return undefined;
}
