import { Problem } from '@latchkey/service-kit/http/problems';
import type { Translation } from '../pages/translations/en.ts';

/** What a person can do something about; undefined for the rest. */
export function upstreamFault(
  t: Translation,
  error: unknown,
  provider: string,
): string | undefined {
  if (!(error instanceof Problem)) return undefined;
  switch (error.code) {
    case 'upstream_unavailable':
      return t.upstreamAway(provider);
    case 'upstream_refused':
      return t.upstreamRefused(provider);
    case 'upstream_taken':
      return t.upstreamTaken(provider);
    case 'upstream_only':
      return t.upstreamOnly(provider);
    case 'wrong_login':
      return t.upstreamClosed;
    case 'too_many_requests':
      return t.tooMany(Number(error.headers['Retry-After']));
    default:
      return undefined;
  }
}
