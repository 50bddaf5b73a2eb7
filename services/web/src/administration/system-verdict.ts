import type { ServicePicture, SystemPicture } from './system-picture.ts';

export type Trouble =
  | { kind: 'noHealthyCopy' | 'failingRequests'; service: string }
  | { kind: 'unhealthyCopies'; service: string; healthy: number; all: number }
  | { kind: 'revocationApart' }
  | { kind: 'revocationLate'; delayMs: number };

/** Of the requests to a service: below that, errors are those of single people. */
const MAX_ERROR_SHARE = 0.05;
/** Five in ten seconds: one failure on a quiet night is no trouble. */
const MIN_ERRORS_PER_SECOND = 0.5;
/** Services promise milliseconds; a second is worth a look. */
const MAX_DELAY_MS = 1_000;

/** What an operator should know, the worst first; nothing when all is well. */
export function troublesOf({ services, revocation }: SystemPicture): Trouble[] {
  const troubles: Trouble[] = services.flatMap(troublesOfService);
  if (!revocation.isConnected) troubles.push({ kind: 'revocationApart' });
  const delayMs = revocation.lastEventDelayMs ?? 0;
  if (delayMs > MAX_DELAY_MS) troubles.push({ kind: 'revocationLate', delayMs });
  return troubles.sort((one, other) => Number(isSevere(other)) - Number(isSevere(one)));
}

/** Whether people notice it now. */
export const isSevere = ({ kind }: Trouble): boolean =>
  kind === 'noHealthyCopy' || kind === 'failingRequests';

function troublesOfService(service: ServicePicture): Trouble[] {
  const { name, instances, requestsPerSecond, errorsPerSecond } = service;
  const all = instances.length;
  const healthy = instances.filter(({ isHealthy }) => isHealthy).length;
  if (healthy === 0) return [{ kind: 'noHealthyCopy', service: name }];
  const troubles: Trouble[] = [];
  if (healthy < all) troubles.push({ kind: 'unhealthyCopies', service: name, healthy, all });
  const mostErrors = Math.max(requestsPerSecond * MAX_ERROR_SHARE, MIN_ERRORS_PER_SECOND);
  if (errorsPerSecond > mostErrors) {
    troubles.push({ kind: 'failingRequests', service: name });
  }
  return troubles;
}
