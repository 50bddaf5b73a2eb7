import { command, hasDocker } from './compose.ts';

/** What the stages of the Dockerfile are labelled with. */
const LABEL = 'latchkey.stage=build';

/**
 * Removes what builds left: a builder without BuildKit keeps each stage as an image without a name, 25 GB a run.
 * Images of services have no such label.
 */
export async function teardown(): Promise<void> {
  if (!(await hasDocker())) return;
  const { code, stderr } = await command('docker', [
    ...['image', 'prune', '--force', '--filter', `label=${LABEL}`],
  ]);
  if (code !== 0) throw new Error(`docker image prune: ${stderr.trim()}`);
}
