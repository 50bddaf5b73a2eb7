import createClient from 'openapi-fetch';
import type { paths as AuthPaths } from '../../generated/auth-service.ts';
import type { paths as SupportPaths } from '../../generated/support-service.ts';
import type { paths as TodoPaths } from '../../generated/todo-service.ts';

/** The gateway tells a page's own calls from another site's by this header. */
export const OWN_CALL = { 'Latchkey-CSRF': '1' };

/** At this origin, where the gateway adds the token of the session's cookie. */
const options = { baseUrl: location.origin, headers: OWN_CALL };

export const auth = createClient<AuthPaths>(options);
export const support = createClient<SupportPaths>(options);
export const todo = createClient<TodoPaths>(options);
