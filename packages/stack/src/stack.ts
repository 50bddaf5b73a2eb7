import { join, resolve } from 'node:path';
import { isGateway } from '@latchkey/service-kit/joining/roles';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import getPort from 'get-port';
import { BringUp } from './bring-up.ts';
import { makeDataDir } from './data-dir.ts';
import { startDatabases } from './databases.ts';
import { collectDemos } from './demo-lines.ts';
import { followServices } from './follow-services.ts';
import { stopLeftOverServices, trackServices } from './left-over-services.ts';
import { claimDataDir } from './lock.ts';
import { Members } from './members.ts';
import { runMigrate } from './migrate.ts';
import { announceOrigin } from './origin-file.ts';
import { choosePorts } from './ports.ts';
import { readSecrets } from './secrets.ts';
import { environmentOf, urlWith } from './service-environment.ts';
import { type RunningService, ServiceProcess } from './service-process.ts';
import { readServicesToStart } from './services-on-disk.ts';

const repository = resolve(import.meta.dirname, '../../..');

export interface StackOptions {
  /** The public port; 0 takes a free one. Default 8080. */
  port?: number;
  /** Where database, secrets and logs are kept. */
  dataDir: string;
  /** Reaches the services, and may hold `<DATABASE>_DATABASE_URL`, `JWT_ALG`, `JWT_SECRET`. */
  env?: NodeJS.ProcessEnv;
  servicesDir?: string;
  /** Holds `<database>/migrations`. */
  prismaDir?: string;
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
  /** Whether services that come, change or go later are started, restarted and stopped then. */
  follow?: boolean;
  /** Awaited before the first service starts, and after PostgreSQL. */
  prepared?: Promise<unknown>;
}

export interface Stack {
  /** The public address: `http://localhost:8080`. */
  origin: string;
  services: readonly RunningService[];
  /** Services that run elsewhere: nothing is started for them. */
  elsewhere: readonly { name: string; url: string }[];
  /** By service name. */
  databaseUrls: Readonly<Record<string, string>>;
  /** What the services' demo scripts printed. */
  demoLines: readonly string[];
  dataDir: string;
  servicesDir: string;
  /** Resolves with one line when the database server is gone for good: stop then. */
  lost: Promise<string>;
  /** Ends the gateway first and the database last. */
  stop(): Promise<void>;
  /** SIGKILL, and no restart: for tests of what happens then. */
  killService(name: string): Promise<void>;
  restartService(name: string): Promise<void>;
  /** A further copy of a service, which the gateway does not know. */
  addCopy(name: string): Promise<RunningService>;
}

/**
 * Starts PostgreSQL and every service as a child process, with the addresses of the others. A
 * service that does not start is reported and retried in the background.
 *
 * @throws StartError with one line when nothing can work: no database server, no gateway, no
 *   service behind it; nothing is left running then
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, env = {}, signal, onProgress = () => undefined } = options;
  const servicesDir = options.servicesDir ?? join(repository, 'services');
  const prismaDir = options.prismaDir ?? join(repository, 'prisma');
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  const progress = timedProgress(onProgress);

  try {
    await makeDataDir(dataDir);
    undo.push(await claimDataDir(dataDir));
    await stopLeftOverServices(dataDir);
    const services = readServicesToStart(servicesDir);
    const here = services.filter(({ url }) => !url);
    const ports = await choosePorts(here, options.port ?? 8080);
    const secrets = await readSecrets(dataDir);
    signal?.throwIfAborted();

    const databaseUrls: Record<string, string> = {};
    const system = { services, ports, databaseUrls, secrets, env, servicesDir, dataDir };
    const toProcess = (service: ServiceJson, copy?: { name: string; port: number }) =>
      new ServiceProcess({
        service,
        directory: join(servicesDir, service.name),
        logFile: join(dataDir, 'logs', `${copy?.name ?? service.name}.log`),
        url: copy ? `http://127.0.0.1:${copy.port}` : urlWith(ports, service, env),
        env: (now) => ({
          ...environmentOf(now, system),
          ...(copy ? { PORT: String(copy.port) } : {}),
        }),
        onTrouble: onProgress,
        onShow: onProgress,
      });
    const processes = here.map((service) => toProcess(service));
    const databases = await startDatabases({
      services,
      dataDir,
      prismaDir,
      secrets,
      env,
      onTrouble: onProgress,
    });
    undo.push(databases.stop);
    const prepare = async (each: ServiceProcess) => {
      const url = await databases.prepare(each.service);
      if (url) databaseUrls[each.name] = url;
      await runMigrate(each);
    };
    // A failure is reported where its service is launched.
    const prepared = new Map(processes.map((each) => [each, prepare(each)]));
    await Promise.allSettled(prepared.values());
    await options.prepared;
    progress(databases.embedded ? 'PostgreSQL, databases and migrations' : 'Migrations');
    signal?.throwIfAborted();

    const tracked = trackServices(dataDir, processes);
    undo.push(tracked.forget);
    const demos = collectDemos(processes, dataDir, onProgress);
    const bringUp = new BringUp({
      processes,
      signal,
      onTrouble: onProgress,
      onSpawned: tracked.save,
      prepare: (each) => {
        const first = prepared.get(each);
        prepared.delete(each);
        return first ?? prepare(each);
      },
      onUp: (each) => {
        if (!demos.isClosed()) progress(each.name);
        demos.run(each);
        members.onUp(each);
      },
    });
    const members = new Members({ services, processes, ports, toProcess, bringUp, onProgress });
    const stopAll = (isIn: (service: ServiceJson) => boolean) => () =>
      Promise.all(processes.filter(({ service }) => isIn(service)).map((each) => each.stop()));
    undo.push(stopAll((service) => !isGateway(service)));
    undo.push(stopAll(isGateway));
    undo.push(() => bringUp.stop());
    undo.push(() => demos.stop());
    await bringUp.all();
    const demoLines = await demos.close();
    const find = (name: string) => {
      const found = processes.find((each) => each.name === name);
      if (!found) throw new Error(`no service ${name}`);
      return found;
    };
    undo.push(await announceOrigin(dataDir, ports.origin));
    if (options.follow) {
      undo.push(followServices({ servicesDir, services, members, onTrouble: onProgress }));
    }
    // A stop requested while the last service was starting must still be obeyed.
    signal?.throwIfAborted();

    return {
      origin: ports.origin,
      get services() {
        return processes.toSorted((a, b) => a.name.localeCompare(b.name));
      },
      elsewhere: services
        .filter(({ url }) => url)
        .map((service) => ({ name: service.name, url: urlWith(ports, service, env) })),
      databaseUrls,
      lost: databases.lost,
      demoLines,
      dataDir,
      servicesDir,
      stop,
      killService: (name) => find(name).kill(),
      async restartService(name) {
        await find(name).stop();
        find(name).spawn(tracked.save);
        await find(name).ready(signal);
      },
      async addCopy(name) {
        const port = await getPort({ host: '127.0.0.1' });
        const copy = toProcess(find(name).service, { name: `${name}-${port}`, port });
        processes.push(copy);
        copy.spawn(tracked.save);
        await copy.ready(signal);
        return copy;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function timedProgress(onProgress: (line: string) => void) {
  const startedAt = performance.now();
  return (what: string) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    onProgress(`  ${seconds.padStart(5)} s  ${what}`);
  };
}
