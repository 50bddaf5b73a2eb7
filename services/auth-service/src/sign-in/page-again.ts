import { Problem } from '@latchkey/service-kit/http/problems';
import type { Reply } from '@latchkey/service-kit/http/route';
import type { FieldFault } from '../pages/fields.ts';
import type { PageContent } from '../pages/layout.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import type { Rule, Translation } from '../pages/translations/en.ts';

/** Shows the page once more, with what is wrong. */
type Again = (
  status: number,
  faults: readonly FieldFault[],
  headers?: Readonly<Record<string, string>>,
) => Reply;

export const againOn =
  (
    visit: PageVisit,
    request: Parameters<PageVisit['page']>[2],
    contentOf: (faults: readonly FieldFault[]) => PageContent,
  ): Again =>
  (status, faults, headers) => {
    const reply = visit.page(status, contentOf(faults), request);
    return { ...reply, headers: { ...reply.headers, ...headers } };
  };

/** What a person can do something about is shown on the page. */
export async function orAgain(
  t: Translation,
  again: Again,
  work: () => Promise<Reply>,
): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    const fault = faultOf(t, error);
    if (fault === undefined) throw error;
    const { status, headers } = error as Problem;
    return again(status, [fault], headers);
  }
}

/** What is too long is not shown again. */
export function readable(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What a person can do something about; undefined for the rest, which is an error page. */
function faultOf(t: Translation, error: unknown): FieldFault | undefined {
  if (!(error instanceof Problem)) return undefined;
  switch (error.code) {
    case 'wrong_login':
      return { field: '', text: t.wrongLogin };
    case 'invalid_request':
      return { field: '', text: t.tooLong };
    case 'too_many_requests':
      return { field: '', text: t.tooMany(Number(error.headers['Retry-After'])) };
    case 'too_busy':
      return { field: '', text: t.tooBusy };
    case 'wrong_factor':
      return { field: 'code', text: t.wrongCode };
    case 'passkey_refused':
      return { field: '', text: t.passkeyRefused };
    case 'too_many_passkeys':
      return { field: '', text: t.tooManyPasskeys };
    case 'wrong_password':
      return { field: 'password', text: t.wrongPassword };
    case 'email_taken':
      return { field: '', text: t.emailTaken };
    case 'username_taken':
      return { field: 'username', text: t.usernameTaken };
    case 'password_is_username':
      return { field: 'password', text: t.passwordIsUsername };
    default:
      return undefined;
  }
}

/** One fault a field. */
export function ruleFaults(
  t: Translation,
  issues: readonly { path: PropertyKey[]; message: string }[],
): FieldFault[] {
  return ['username', 'password', 'email'].flatMap((field) => {
    const message = issues.find(({ path }) => path[0] === field)?.message;
    return message === undefined ? [] : [{ field, text: t.rules[message as Rule] ?? message }];
  });
}
