import { queryOf } from '../authorize/authorization-request.ts';
import type { BroughtAlong } from '../pages/page-visit.ts';

const MAX_USER_CODE_LENGTH = 32;

/** What brings a person back to the page for a device's code; undefined for any other sign-in. */
export function broughtByDevice(query: object): BroughtAlong | undefined {
  if (!('user_code' in query)) return undefined;
  const { user_code: userCode } = query;
  const isShort = typeof userCode === 'string' && userCode.length <= MAX_USER_CODE_LENGTH;
  return { query: queryOf({ user_code: isShort ? userCode : '' }), uiLocales: undefined };
}
