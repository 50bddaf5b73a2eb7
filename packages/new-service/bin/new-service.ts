/** `pnpm new-service <name>`: writes a service that runs, and shows it at work where a stack runs. */
import { join } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { runningOrigin } from '@latchkey/stack/origin-file';
import { parseSettings } from '@latchkey/stack/settings';
import { parseWanted } from '../src/arguments.ts';
import { curlOf, firstRequest, firstToken } from '../src/first-request.ts';
import { type Plan, planService } from '../src/plan.ts';
import { Refused } from '../src/refused.ts';
import { assertSameKind, writeService } from '../src/write-service.ts';

const root = join(import.meta.dirname, '../../..');
const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  const services = readServices(join(root, 'services'));
  const plan = planService(parseWanted(process.argv.slice(2)), services);
  const { name, route, port, owner, url } = plan;
  if (services.some((each) => each.name === name)) {
    assertSameKind(root, plan);
    say(`services/${name} is there already, as asked: nothing changed.`);
  } else {
    await writeService(root, plan, say);
    const where = url ?? `port ${port}`;
    say(
      `${name}: ${route} at ${where}, owned by ${owner}. Start reading at services/${name}/README.md.`,
    );
  }
  if (url === undefined) await show(plan);
  else say(`\nThe gateway of a running stack sends ${route} to ${url} within seconds.`);
} catch (error) {
  process.stderr.write(`new-service: ${(error as Error).message}\n`);
  process.exitCode = error instanceof Refused ? 2 : 1;
}

async function show(plan: Plan): Promise<void> {
  const origin = await runningOrigin(parseSettings(process.env).dataDir);
  if (origin === undefined) {
    say('\nSee it at work: npx -y pnpm@12 start');
    return;
  }
  const request = firstRequest(origin, plan);
  say(`\nWaiting for it at ${request.url}…`);
  const token = await firstToken(origin, request);
  if (!token) throw new Error(`${request.url} does not answer yet: what start printed says why`);
  say(`It answers. Try:\n  TOKEN=${token}\n  ${curlOf(request)}`);
}
