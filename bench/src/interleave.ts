/** One thing to be measured: `prepare` is not timed, `run` is. */
export interface Contender {
  readonly name: string;
  /** Called once a round with the number of calls to come. */
  readonly prepare?: (calls: number) => void;
  readonly run: (call: number) => unknown;
  /** For a `run` that answers with a promise: how many are awaited at once. */
  readonly inFlight?: number;
}

export interface Measurement {
  readonly name: string;
  /** Median over the rounds, in µs a call. */
  readonly medianUs: number;
  /** CPU of the whole process, its thread pool included: the median, in µs a call. */
  readonly cpuUs: number;
}

/** The value below which `share` of them lie. */
export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/**
 * Measure the contenders in turn, round after round in one process, so that whatever else the
 * machine does falls on all of them alike.
 */
export const interleave = async (
  contenders: readonly Contender[],
  options: { readonly rounds: number; readonly calls: number },
): Promise<Measurement[]> => {
  const slices = new Map(contenders.map(({ name }) => [name, { us: [], cpuUs: [] } as Slices]));
  // A service that runs for days has compiled all of this; a hundred calls have not.
  const warmUp = Math.ceil(8000 / options.calls);
  for (let round = -warmUp; round < options.rounds; round++) {
    // Each round starts with another, since the first after a pause of the others fares worse.
    const first = (round + warmUp) % contenders.length;
    for (const one of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      one.prepare?.(options.calls);
      const cpuStart = process.cpuUsage();
      const start = process.hrtime.bigint();
      await callAll(one, options.calls);
      const us = Number(process.hrtime.bigint() - start) / 1000 / options.calls;
      const { user, system } = process.cpuUsage(cpuStart);
      if (round < 0) continue;
      slices.get(one.name)?.us.push(us);
      slices.get(one.name)?.cpuUs.push((user + system) / options.calls);
    }
  }
  return [...slices].map(([name, { us, cpuUs }]) => ({
    name,
    medianUs: median(us),
    cpuUs: median(cpuUs),
  }));
};

interface Slices {
  readonly us: number[];
  readonly cpuUs: number[];
}

const callAll = async ({ run, inFlight }: Contender, calls: number): Promise<void> => {
  if (inFlight === undefined) {
    for (let call = 0; call < calls; call++) run(call);
    return;
  }
  for (let call = 0; call < calls; call += inFlight) {
    const size = Math.min(inFlight, calls - call);
    await Promise.all(Array.from({ length: size }, (_, at) => run(call + at)));
  }
};
