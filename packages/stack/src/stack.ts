import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StartError } from '@latchkey/postgres/start-error';
import { readServices, type ServiceJson } from '@latchkey/service-kit/service-json';
import { prepareDatabases } from './databases.ts';
import { runDemos } from './demo.ts';
import { stopLeftOverServices, trackServices } from './left-over-services.ts';
import { claimDataDir } from './lock.ts';
import { choosePorts } from './ports.ts';
import { isDoor, isIssuer } from './roles.ts';
import { readSecrets } from './secrets.ts';
import { environmentOf } from './service-environment.ts';
import { type RunningService, ServiceProcess } from './service-process.ts';

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
  /** Something that must be done before the first service starts; PostgreSQL does not wait for it. */
  prepared?: Promise<unknown>;
}

export interface Stack {
  /** The public address: `http://localhost:8080`. */
  origin: string;
  services: readonly RunningService[];
  /** By service name. */
  databaseUrls: Readonly<Record<string, string>>;
  /** What the services' demo scripts printed. */
  demoLines: readonly string[];
  dataDir: string;
  /** Ends the gateway first and the database last. */
  stop(): Promise<void>;
  /** SIGKILL, and no restart: for tests of what happens then. */
  killService(name: string): Promise<void>;
  restartService(name: string): Promise<void>;
}

/**
 * Starts PostgreSQL and every service as a process of its own, each told where the others are.
 *
 * @throws StartError with one line for the person who starts it; nothing is left running then
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
    const services = readServices(servicesDir);
    const ports = await choosePorts(services, options.port ?? 8080);
    const secrets = await readSecrets(dataDir);
    signal?.throwIfAborted();

    const toProcess = (service: ServiceJson, databaseUrls: Record<string, string>) =>
      new ServiceProcess({
        service,
        directory: join(servicesDir, service.name),
        logFile: join(dataDir, 'logs', `${service.name}.log`),
        url: `http://127.0.0.1:${ports.of(service)}`,
        env: environmentOf(service, {
          services,
          ports,
          databaseUrls,
          secrets,
          env,
          servicesDir,
          dataDir,
        }),
        onTrouble: onProgress,
      });
    const processes: ServiceProcess[] = [];
    const tracked = trackServices(dataDir, processes);
    undo.push(tracked.forget);
    const spawn = (group: readonly ServiceProcess[]) => {
      processes.push(...group);
      undo.push(() => Promise.all(group.map((each) => each.stop())));
      for (const each of group) each.spawn(tracked.save);
    };
    const readiness = new Map<ServiceProcess, Promise<void>>();
    const ready = (each: ServiceProcess) => {
      const isReady = each.ready(signal).then(() => progress(each.name));
      readiness.set(each, isReady);
      return isReady;
    };

    const databases = await prepareDatabases({ services, dataDir, prismaDir, secrets, env });
    undo.push(databases.stop);
    await options.prepared;
    progress(databases.embedded ? 'PostgreSQL, databases and migrations' : 'Migrations');
    signal?.throwIfAborted();

    const inside = services.filter((service) => !isDoor(service));
    const outside = services.filter(isDoor);
    // All load at once, but nobody is asked whether it is ready before the keys are there to be had.
    spawn(inside.map((service) => toProcess(service, databases.urls)));
    const isIssuing = ({ service }: ServiceProcess) => isIssuer(service);
    await Promise.all(processes.filter(isIssuing).map(ready));
    const rest = processes.filter((each) => !isIssuing(each));
    const doors = outside.map((service) => toProcess(service, {}));
    // Spawned last, so that it is stopped first.
    spawn(doors);
    const allReady = Promise.all([...rest, ...doors].map(ready));
    const demos = runDemos(processes, (each) => readiness.get(each));
    const [demoLines] = await Promise.all([demos, allReady]);
    // Whoever told it to stop while the last service came up must not find it running.
    signal?.throwIfAborted();

    const find = (name: string) => {
      const found = processes.find((each) => each.name === name);
      if (!found) throw new Error(`no service ${name}`);
      return found;
    };
    return {
      origin: ports.origin,
      services: processes.toSorted((a, b) => a.name.localeCompare(b.name)),
      databaseUrls: databases.urls,
      demoLines,
      dataDir,
      stop,
      killService: (name) => find(name).kill(),
      async restartService(name) {
        await find(name).stop();
        find(name).spawn(tracked.save);
        await find(name).ready(signal);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(join(dataDir, 'logs'), { recursive: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `Cannot write to ${dataDir} (${code}): set DATA_DIR to a folder of yours.`,
    );
  }
}

function timedProgress(onProgress: (line: string) => void) {
  const startedAt = performance.now();
  return (what: string) => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    onProgress(`  ${seconds.padStart(5)} s  ${what}`);
  };
}
