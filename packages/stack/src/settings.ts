import { resolve } from 'node:path';
import { StartError } from '@latchkey/process/start-error';
import type { StackOptions } from './stack.ts';

const DEFAULT_PORT = 8080;
const repository = resolve(import.meta.dirname, '../../..');

/**
 * What a person may set: `PORT`, `DATA_DIR`, and everything else as it reaches the services.
 *
 * @throws StartError with one line that says what to set
 */
export function parseSettings(env: NodeJS.ProcessEnv): StackOptions & { port: number } {
  const port = Number(env.PORT || DEFAULT_PORT);
  // Number() would also take 0x50, 1e3 and spaces.
  if ((env.PORT && !/^\d+$/.test(env.PORT)) || port > 65_535) {
    throw new StartError(
      `PORT must be a whole number from 1 to 65535, or 0 for a free one; it is "${env.PORT}".`,
    );
  }
  return {
    port,
    dataDir: resolve(repository, env.DATA_DIR || '.data'),
    ...(env.SERVICES_DIR ? { servicesDir: resolve(env.SERVICES_DIR) } : {}),
    ...(env.PRISMA_DIR ? { prismaDir: resolve(env.PRISMA_DIR) } : {}),
    env,
  };
}
