/** One thing to be measured: `prepare` is not timed, `run` is. */
export interface Contender {
  readonly name: string;
  /** Called once a round with the number of calls to come. */
  readonly prepare?: (calls: number) => void;
  readonly run: (call: number) => unknown;
  readonly isAsync?: boolean;
}

export interface Measurement {
  readonly name: string;
  /** Median over the rounds, in µs a call. */
  readonly medianUs: number;
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
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  // A service that runs for days has compiled all of this; a hundred calls have not.
  const warmUp = Math.ceil(8000 / options.calls);
  for (let round = -warmUp; round < options.rounds; round++) {
    // Each round starts with another, since the first after a pause of the others fares worse.
    const first = (round + warmUp) % contenders.length;
    for (const one of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      one.prepare?.(options.calls);
      const start = process.hrtime.bigint();
      if (one.isAsync === true) {
        for (let call = 0; call < options.calls; call++) await one.run(call);
      } else {
        for (let call = 0; call < options.calls; call++) one.run(call);
      }
      const us = Number(process.hrtime.bigint() - start) / 1000 / options.calls;
      if (round >= 0) times.get(one.name)?.push(us);
    }
  }
  return contenders.map(({ name }) => ({ name, medianUs: median(times.get(name) ?? []) }));
};
