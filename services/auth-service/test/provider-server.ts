import { type RequestListener, request } from 'node:http';
import { hashOf } from '@latchkey/service-kit/http/secrets';
import { listenOnLoopback } from '@latchkey/service-kit/testing/harness';
import { accountOperations } from '../src/accounts/account-operations.ts';
import { systemCaller } from '../src/caller.ts';
import { createDatabase, ISSUER, PASSWORD, startInstance } from './harness.ts';

export const PROVIDER_SECRET = 'the secret that our service has at the other';

/** Another login, of another organization: this very service with its own people, at its own origin. */
export async function startProvider(people: readonly string[]) {
  const scratch = await createDatabase();
  let target = '';
  const forward: RequestListener = (req, res) => {
    const { method, headers, url = '/' } = req;
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  };
  const front = await listenOnLoopback(forward);
  const instance = await startInstance(scratch.url, { env: { ISSUER: front.url } });
  target = instance.url;
  const accounts = accountOperations(instance.store, instance);
  for (const username of people) {
    await accounts.register({ username, password: PASSWORD }, { caller: systemCaller });
  }
  await instance.store.clients.create({
    id: 'latchkey',
    name: 'Latchkey',
    authentication: 'client_secret_basic',
    secretHash: hashOf(PROVIDER_SECRET),
    jwks: undefined,
    grantTypes: ['authorization_code'],
    scopes: ['openid', 'profile'],
    redirectUris: [`${ISSUER}/sign-in/callback`],
    firstParty: true,
  });
  return {
    ...instance,
    issuer: front.url,
    /** The same, with the process gone. */
    goAway: () => front.close(),
    async stop() {
      await front.close().catch(() => undefined);
      await instance.stop();
      await scratch.drop();
    },
  };
}

export type Provider = Awaited<ReturnType<typeof startProvider>>;
