/** For HEALTHCHECK: succeeds when the service in whose folder this runs says that it is ready. */
import { readFileSync } from 'node:fs';

const { port } = JSON.parse(readFileSync('service.json', 'utf8')) as { port: number };
const answer = await fetch(`http://127.0.0.1:${port}/readyz`, {
  signal: AbortSignal.timeout(2_500),
}).catch((error: Error) => error);
const ready = answer instanceof Response && answer.ok;
if (!ready) process.stdout.write(answer instanceof Response ? await answer.text() : answer.message);
process.exitCode = ready ? 0 : 1;
