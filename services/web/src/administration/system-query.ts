import { queryOptions } from '@tanstack/react-query';
import { callGateway } from '../api/gateway.ts';
import { Problem } from '../api/problem.ts';
import { type Sample, withSample } from './system-history.ts';
import { isSystemPicture, type SystemPicture } from './system-picture.ts';

const POLL_MS = 2_000;

interface SystemState {
  picture: SystemPicture;
  samples: Sample[];
}

async function readSystem(signal: AbortSignal): Promise<SystemPicture> {
  const body = await callGateway('/system', { signal });
  if (!isSystemPicture(body)) {
    throw new Problem('Another picture than this page knows', { status: 404, code: 'not_found' });
  }
  return body;
}

/** Every two seconds while the page is seen, and while a better answer can be hoped for. */
export const systemQuery = queryOptions({
  queryKey: ['administration', 'system'],
  queryFn: async ({ client, signal }): Promise<SystemState> => {
    const picture = await readSystem(signal);
    const before = client.getQueryData<SystemState>(['administration', 'system']);
    return { picture, samples: withSample(before?.samples ?? [], picture, Date.now()) };
  },
  refetchInterval: ({ state: { error } }) =>
    error instanceof Problem && !error.isPassing ? false : POLL_MS,
  // The next one comes anyway.
  retry: false,
});
