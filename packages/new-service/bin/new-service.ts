/** `pnpm new-service <name>`: writes a service that runs, and shows it at work where a stack runs. */
import { join } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { runningOrigin } from '@latchkey/stack/origin-file';
import { parseSettings } from '@latchkey/stack/settings';
import { parseWanted } from '../src/arguments.ts';
import { firstToken } from '../src/first-request.ts';
import { planService } from '../src/plan.ts';
import { Refused } from '../src/refused.ts';
import { writeService } from '../src/write-service.ts';

const root = join(import.meta.dirname, '../../..');
const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  const services = readServices(join(root, 'services'));
  const plan = planService(parseWanted(process.argv.slice(2)), services);
  const { name, route, port, owner } = plan;
  if (services.some((each) => each.name === name)) {
    say(`services/${name} is there already, as asked: nothing changed.`);
  } else {
    await writeService(root, plan, say);
    say(
      `${name}: ${route} at port ${port}, owned by ${owner}. Start reading at services/${name}/README.md.`,
    );
  }
  const origin = await runningOrigin(parseSettings(process.env).dataDir);
  if (origin === undefined) {
    say('\nSee it at work: npx -y pnpm@12 start');
  } else {
    say(`\nWaiting for it at ${origin}${route}…`);
    const token = await firstToken(origin, route);
    if (!token)
      throw new Error(`${origin}${route} does not answer yet: what start printed says why`);
    say(`It answers. Try:\n  TOKEN=${token}`);
    say(`  curl -s ${origin}${route} -H "Authorization: Bearer $TOKEN"`);
  }
} catch (error) {
  process.stderr.write(`new-service: ${(error as Error).message}\n`);
  process.exitCode = error instanceof Refused ? 2 : 1;
}
