import { StartError } from '@latchkey/process/start-error';
import { parseArguments } from './arguments.ts';
import { buildApp } from './build-app.ts';
import { generateClients } from './generate.ts';
import { onLauncherGone } from './launchers.ts';
import { parseSettings } from './settings.ts';
import { type Stack, startStack } from './stack.ts';
import { summary } from './summary.ts';
import { assertWatchable, watchSources } from './watch-sources.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const aborter = new AbortController();
let stack: Stack | undefined;

/** One after the other: two runs of turbo would do the same work twice. */
async function prepare(signal: AbortSignal): Promise<void> {
  await generateClients(signal);
  await buildApp(signal);
}

/** @param failure why it cannot go on; absent for a requested stop */
async function stop(failure?: string): Promise<never> {
  // A second signal means now: without their parent, the services and the database end too.
  if (aborter.signal.aborted) process.exit(130);
  aborter.abort(new StartError('Stopped before it was up.'));
  if (!stack) return new Promise(() => undefined);
  if (failure) process.stderr.write(`\n${failure}\n`);
  say('\nStopping…');
  await stack.stop();
  say('Stopped. Your data is kept.');
  process.exit(failure ? 1 : 0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void stop());
}
// npx and pnpm do not pass every signal on, but they end.
onLauncherGone(() => {
  if (!aborter.signal.aborted) void stop();
});

try {
  const { help, watch } = parseArguments(process.argv.slice(2));
  if (help) {
    say(help);
    process.exit(0);
  }
  const settings = parseSettings(process.env);
  assertWatchable(watch, settings.servicesDir);
  const startedAt = performance.now();
  say('Starting Latchkey…');
  const { signal } = aborter;
  const prepared = settings.servicesDir ? undefined : prepare(signal);
  prepared?.catch(() => undefined);
  stack = await startStack({
    ...settings,
    follow: true,
    signal,
    onProgress: say,
    ...(prepared ? { prepared } : {}),
  });
  say(summary(stack, (performance.now() - startedAt) / 1000));
  for (const name of watch) watchSources(stack, name, say);
  void stack.lost.then((reason) => {
    if (!aborter.signal.aborted) void stop(reason);
  });
} catch (error) {
  if (aborter.signal.aborted) process.exit(130);
  const message = error instanceof StartError ? error.message : ((error as Error).stack ?? error);
  process.stderr.write(`\nLatchkey did not start. ${message}\n`);
  process.exit(1);
}
