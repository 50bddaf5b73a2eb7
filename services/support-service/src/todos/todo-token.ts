import type { VerifiedToken } from '@latchkey/jwt-verify';
import type { RequestContext } from '@latchkey/service-kit/request-context';

/** The token with which todo-service is asked on a person's behalf. */
export type TokenForTodoService = (auth: VerifiedToken, context: RequestContext) => Promise<string>;

/** The person's own, as it came: its audience and scopes say whether it opens todo-service too. */
export const tokenForTodoService: TokenForTodoService = async (auth) => auth.token;
