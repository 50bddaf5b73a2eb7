import { Problem } from '@latchkey/service-kit/http/problems';
import type { Translation } from '../pages/translations/en.ts';

/** What a person can do something about; undefined for the rest. */
export function providerFault(
  t: Translation,
  error: unknown,
  provider: string,
): string | undefined {
  if (!(error instanceof Problem)) return undefined;
  switch (error.code) {
    case 'provider_unavailable':
      return t.providerAway(provider);
    case 'provider_refused':
      return t.providerRefused(provider);
    case 'provider_taken':
      return t.providerTaken(provider);
    case 'provider_only':
      return t.providerOnly(provider);
    case 'wrong_login':
      return t.providerClosed;
    case 'too_many_requests':
      return t.tooMany(Number(error.headers['Retry-After']));
    default:
      return undefined;
  }
}
