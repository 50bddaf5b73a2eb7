import type { SystemPicture } from './system-picture.ts';

export interface Sample {
  at: number;
  requestsPerSecond: number;
}

export const HISTORY_MS = 60_000;

export const totalOf = (
  { services }: SystemPicture,
  figure: 'requestsPerSecond' | 'errorsPerSecond',
): number => services.reduce((total, service) => total + service[figure], 0);

/** The samples of the last minute, with one more. */
export function withSample(samples: readonly Sample[], picture: SystemPicture, at: number) {
  const sample = { at, requestsPerSecond: totalOf(picture, 'requestsPerSecond') };
  return [...samples.filter((each) => each.at > at - HISTORY_MS), sample];
}

/** As points of an SVG line: the time to the right, the newest at its end; from 0 to the highest. */
export function pointsOf(
  samples: readonly Sample[],
  { width, height }: { width: number; height: number },
): string {
  const end = samples.at(-1)?.at ?? 0;
  const highest = Math.max(1, ...samples.map(({ requestsPerSecond }) => requestsPerSecond));
  return samples
    .map(({ at, requestsPerSecond }) => {
      const x = width - ((end - at) / HISTORY_MS) * width;
      const y = height - (requestsPerSecond / highest) * height;
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
