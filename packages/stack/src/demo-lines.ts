import { runDemo } from './demo.ts';
import type { ServiceProcess } from './service-process.ts';

/** Runs the demo scripts of services as they come up, and gathers what is shown of it. */
export function collectDemos(say: (line: string) => void) {
  const running: Promise<string[]>[] = [];
  let closed = false;
  const run = async (each: ServiceProcess): Promise<string[]> => {
    try {
      return await runDemo(each);
    } catch (error) {
      // The service itself is up.
      return [(error as Error).message];
    }
  };
  return {
    isClosed: () => closed,
    run(each: ServiceProcess): void {
      const lines = run(each);
      if (closed) void lines.then((all) => all.forEach(say));
      else running.push(lines);
    },
    /** The lines so far, in the order in which the services came up; later ones are said. */
    async close(): Promise<string[]> {
      closed = true;
      return (await Promise.all(running)).flat();
    },
  };
}
