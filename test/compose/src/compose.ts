import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../..');

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, whatever its exit code. */
export async function command(
  file: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  try {
    const options = { cwd: repository, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
    return { code: 0, ...(await run(file, args, options)) };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as Ran;
    return { code: typeof code === 'number' ? code : 1, stdout, stderr };
  }
}

export async function docker(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await command('docker', args);
  if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr.trim()}`);
  return stdout.trim();
}

/** Whether there is an engine to run containers with. */
export async function hasDocker(): Promise<boolean> {
  return (await command('docker', ['version', '--format', '{{.Server.Version}}'])).code === 0;
}

/** `docker compose`, or docker-compose 1.29 where that is what is there. */
async function composeCommand(): Promise<[string, ...string[]]> {
  const plugin = await command('docker', ['compose', 'version']);
  return plugin.code === 0 ? ['docker', 'compose'] : ['docker-compose'];
}

/** One compose project of this repository under a separate name. */
export async function composeProject(name: string, files: string[], env: NodeJS.ProcessEnv) {
  const [file, ...first] = await composeCommand();
  const chosen = files.flatMap((path) => ['-f', existsSync(path) ? path : join(repository, path)]);
  const compose = (...args: string[]) =>
    command(file, [...first, '-p', name, ...chosen, ...args], env);
  return {
    compose,
    /** As a person types it. */
    words: [file, ...first].join(' '),
    async mustCompose(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await compose(...args);
      if (code !== 0) throw new Error(`compose ${args.join(' ')} failed: ${stderr.slice(-4_000)}`);
      return stdout;
    },
    /** By container name, what changes when one is made anew, restarted or given another image. */
    async identities(services: readonly string[]): Promise<string[]> {
      const containers = (await Promise.all(services.map((each) => this.instances(each)))).flat();
      const what = '{{.Name}} {{.Id}} {{.State.StartedAt}} {{.Image}}';
      return (await docker('inspect', '--format', what, ...containers)).split('\n');
    },
    /** The running containers of a service, in the order of their numbers. */
    async instances(service: string): Promise<string[]> {
      const labels = [`project=${name}`, `service=${service}`];
      const filters = labels.flatMap((label) => ['--filter', `label=com.docker.compose.${label}`]);
      const names = await docker('ps', '--format', '{{.Names}}', ...filters);
      return names.split('\n').filter(Boolean).toSorted();
    },
    /** Everything that carries the project's name: containers, volumes, networks. */
    async leftovers(): Promise<string[]> {
      const filter = ['--filter', `label=com.docker.compose.project=${name}`];
      const lists = await Promise.all([
        docker('ps', '--all', '--quiet', ...filter),
        docker('volume', 'ls', '--quiet', ...filter),
        docker('network', 'ls', '--quiet', ...filter),
      ]);
      return lists.flatMap((list) => list.split('\n').filter(Boolean));
    },
  };
}

/** Waits until Docker calls each of the containers healthy. */
export async function untilHealthy(containers: string[], timeoutMs = 90_000): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  for (const container of containers) {
    const state = () => docker('inspect', '--format', '{{.State.Health.Status}}', container);
    while ((await state()) !== 'healthy') {
      if (Date.now() > deadlineMs) throw new Error(`${container} did not become healthy`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
