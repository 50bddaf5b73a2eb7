import createClient, { type Middleware } from 'openapi-fetch';
import type { paths as AuthPaths } from '../../generated/auth-service.ts';
import type { paths as SupportPaths } from '../../generated/support-service.ts';
import type { paths as TodoPaths } from '../../generated/todo-service.ts';
import { OWN_CALL } from './gateway.ts';
import { resending } from './resending.ts';

/** At this origin, where the gateway adds the token of the session's cookie. */
const options = { baseUrl: location.origin, headers: OWN_CALL };

const withResending = <Client extends { use(...middleware: Middleware[]): void }>(
  client: Client,
): Client => {
  client.use(resending());
  return client;
};

export const auth = withResending(createClient<AuthPaths>(options));
export const support = withResending(createClient<SupportPaths>(options));
export const todo = withResending(createClient<TodoPaths>(options));
