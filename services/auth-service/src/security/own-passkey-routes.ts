import { hashOf } from '@latchkey/service-kit/http/secrets';
import { problems } from '../errors.ts';
import type { PasskeyCeremonies } from '../factors/passkey-ceremonies.ts';
import type { PasskeyOperations } from '../factors/passkey-operations.ts';
import { credentialId } from '../factors/passkey-responses.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { DefinePasskeyOptions } from '../pages/passkey-options-route.ts';
import { againOn, orAgain, readable } from '../sign-in/page-again.ts';
import type { TokenParameters } from '../tokens/token-request.ts';
import { changeContextOf, type SecurityVisits } from './security-visit.ts';

interface Dependencies {
  page: DefinePage;
  passkeyOptions: DefinePasskeyOptions;
  security: SecurityVisits;
  ceremonies: Pick<PasskeyCeremonies, 'optionsToRegister'>;
  ownPasskeys: PasskeyOperations;
}

/** Where people add, rename and remove passkeys. */
export function ownPasskeyRoutes(deps: Dependencies) {
  const { page, passkeyOptions, security, ceremonies, ownPasskeys } = deps;
  return [
    passkeyOptions({
      path: '/security/passkeys/options',
      async optionsFor(visit) {
        const login = await security.findFresh(visit);
        if (!login) throw problems.sign_in_expired();
        return ceremonies.optionsToRegister(login.person, hashOf(visit.browser), visit.caller);
      },
    }),
    page({
      method: 'post',
      path: '/security/passkeys',
      summary: 'Add a passkey',
      handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        return security.whenFresh(visit, req.query, async (login, destination) => {
          const { t } = visit.contextFor(destination).language;
          const again = againOn(visit, destination, await security.page(visit, login, destination));
          return orAgain(t, again, async () => {
            const credential = readable(() => form.get('credential')) ?? '';
            const given = { credential, browserHash: hashOf(visit.browser) };
            const added = await ownPasskeys.add(
              login,
              given,
              t.passkeyNumber,
              changeContextOf(visit),
            );
            return security.afterAdding(visit, destination, added);
          });
        });
      },
    }),
    page({
      method: 'post',
      path: '/security/passkeys/rename',
      summary: 'Give a passkey another name',
      handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        return security.whenFresh(visit, req.query, async (login) => {
          const name = readable(() => form.get('name')) ?? '';
          await ownPasskeys.rename(login.person, { id: idIn(form), name }, visit.caller);
          return visit.redirect('/security');
        });
      },
    }),
    page({
      method: 'post',
      path: '/security/passkeys/remove',
      summary: 'Remove a passkey',
      handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        return security.whenFresh(visit, req.query, async (login) => {
          await ownPasskeys.remove(login.person, idIn(form), changeContextOf(visit));
          return visit.redirect('/security');
        });
      },
    }),
  ];
}

/** @throws Problem `factor_not_found` for what is no id */
function idIn(form: TokenParameters): string {
  const { data } = credentialId.safeParse(readable(() => form.get('id')));
  if (data === undefined) throw problems.factor_not_found();
  return data;
}
