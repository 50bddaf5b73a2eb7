import { once } from 'node:events';
import { demoStageOf } from '@latchkey/service-kit/joining/roles';
import { runDemo } from './demo.ts';
import type { ServiceProcess } from './service-process.ts';

/**
 * Runs the demo scripts of services as they come up, each after those that it builds on, and collects
 * what they print.
 */
export function collectDemos(
  processes: readonly ServiceProcess[],
  dataDir: string,
  say: (line: string) => void,
) {
  const finished = new Map(processes.map((each) => [each, Promise.withResolvers<void>()]));
  const runs = new Map<ServiceProcess, Promise<string[]>>();
  const stopping = new AbortController();
  const stopped = once(stopping.signal, 'abort');
  let closed = false;

  const basisOf = (each: ServiceProcess) =>
    processes.filter((other) => demoStageOf(other.service) < demoStageOf(each.service));
  const run = async (each: ServiceProcess): Promise<string[]> => {
    const before = Promise.all(basisOf(each).map((other) => finished.get(other)?.promise));
    await Promise.race([before, stopped]);
    try {
      stopping.signal.throwIfAborted();
      return await runDemo(each, dataDir, stopping.signal);
    } catch (error) {
      // The service itself is up.
      return stopping.signal.aborted ? [] : [(error as Error).message];
    } finally {
      finished.get(each)?.resolve();
    }
  };
  const sayLater = (lines: Promise<string[]>) => void lines.then((all) => all.forEach(say));

  return {
    isClosed: () => closed,
    /** Once for each service, however often it is restarted. */
    run(each: ServiceProcess): void {
      if ([...runs.keys()].some(({ name }) => name === each.name)) return;
      const lines = run(each);
      runs.set(each, lines);
      if (closed) sayLater(lines);
    },
    /** The lines so far, in the order in which the services came up; later ones are passed to `say`. */
    async close(): Promise<string[]> {
      closed = true;
      const now: Promise<string[]>[] = [];
      for (const [each, lines] of runs) {
        if (basisOf(each).every((other) => runs.has(other))) now.push(lines);
        else sayLater(lines);
      }
      return (await Promise.all(now)).flat();
    },
    /** Ends those that run. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(runs.values());
    },
  };
}
