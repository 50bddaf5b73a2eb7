import { z } from 'zod';
import { url } from '../process/config.ts';

/** One of the most common; for demo people alone. */
export const DEMO_PASSWORD = 'test1234';

/** What `start` passes to a demo script. */
export const demoEnv = {
  NODE_ENV: z.enum(['development', 'test'], {
    error: 'demo data is for development only: set NODE_ENV=development',
  }),
  AUTH_SERVICE_URL: url,
};

export interface DemoPerson {
  get<T>(url: string): Promise<T>;
  post<T>(url: string, body: object): Promise<T>;
  patch<T>(url: string, body: object): Promise<T>;
}

const TIMEOUT_MS = 5_000;

/**
 * Signs a demo person in, as any client does.
 *
 * @returns `undefined` when that is refused: by another password, or without the password grant
 * @throws Error when auth-service, or a request that follows, fails
 */
export async function signInDemoPerson(
  authServiceUrl: string,
  username: string,
): Promise<DemoPerson | undefined> {
  const response = await fetch(new URL('/token', authServiceUrl), {
    method: 'POST',
    body: new URLSearchParams({ username, password: DEMO_PASSWORD }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 400 || response.status === 401) return undefined;
  const { access_token } = (await bodyOf(response)) as { access_token: string };
  const ask = async (url: string, init: RequestInit) => {
    const headers = { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return bodyOf(await fetch(url, { ...init, headers, signal }));
  };
  const send =
    (method: string) =>
    async <T>(url: string, body: object) =>
      (await ask(url, { method, body: JSON.stringify(body) })) as T;
  return {
    get: async <T>(url: string) => (await ask(url, {})) as T,
    post: send('POST'),
    patch: send('PATCH'),
  };
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.ok) return response.json();
  const { pathname } = new URL(response.url);
  throw new Error(`${pathname} answered ${response.status}: ${await response.text()}`);
}
