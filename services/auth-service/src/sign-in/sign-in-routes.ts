import type { AccountOperations } from '../accounts/account-operations.ts';
import { registerBody } from '../accounts/account-schemas.ts';
import {
  type Destination,
  type Destinations,
  pendingKeyOf,
  signInContextOf,
} from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import type { Limits } from '../limits/limits.ts';
import type { UsernameKinds } from '../names/username-rules.ts';
import { signedInPage, signInPage, signUpPage } from '../pages/account-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import { againOn, orAgain, readable, ruleFaults } from './page-again.ts';
import type { PasswordSignIn } from './password-sign-in.ts';

interface Dependencies {
  page: DefinePage;
  destinations: Destinations;
  logins: Pick<BrowserLoginOperations, 'find' | 'signInAs'>;
  signIn: PasswordSignIn;
  accounts: Pick<AccountOperations, 'register'>;
  limits: Pick<Limits, 'countRegistration'>;
  usernames: UsernameKinds;
  sendsMail: boolean;
  catalog: CurrentCatalog;
}

/** Where people sign in and sign up, for a client, for a page here or for nothing in particular. */
export function signInRoutes(deps: Dependencies) {
  const { page, destinations, logins, signIn, accounts, limits, usernames } = deps;
  const registration = registerBody(usernames, () => deps.catalog().roles, deps.sendsMail);

  return [
    page({
      method: 'get',
      path: '/sign-in',
      summary: 'The sign-in page',
      async handle(visit, { req }) {
        const destination = await destinations.read(visit, req.query);
        const login = await logins.find(visit.login);
        const context = visit.contextFor(destination);
        if (login && destination.query === '') {
          return visit.page(200, signedInPage(context, login.person.username));
        }
        const username = hintedIn(destination) ?? login?.person.username;
        const content = signInPage(context, { username, faults: [] }, destination);
        return visit.page(200, content, destination);
      },
    }),
    page({
      method: 'post',
      path: '/sign-in',
      summary: 'Sign in',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const destination = await destinations.read(visit, req.query);
        const context = visit.contextFor(destination);
        const { t } = context.language;
        const username = readable(() => form.get('username'));
        const again = againOn(visit, destination, (faults) =>
          signInPage(context, { username, faults }, destination),
        );
        const missing = ['username', 'password'].filter((name) => isMissing(form, name));
        if (missing.length > 0) {
          return again(
            400,
            missing.map((field) => ({ field, text: t.missing })),
          );
        }
        return orAgain(t, again, async () => {
          const previous = await logins.find(visit.login);
          const given = { username: form.require('username'), password: form.require('password') };
          const key = pendingKeyOf(visit, destination);
          const signedIn = await signIn(given, key, signInContextOf(visit, destination, previous));
          return destinations.goOnSignedIn(visit, destination, signedIn);
        });
      },
    }),
    page({
      method: 'get',
      path: '/sign-up',
      summary: 'The sign-up page',
      async handle(visit, { req }) {
        const destination = await destinations.read(visit, req.query);
        const username = hintedIn(destination);
        const context = visit.contextFor(destination);
        const content = signUpPage(context, { username, faults: [] }, usernames);
        return visit.page(200, content, destination);
      },
    }),
    page({
      method: 'post',
      path: '/sign-up',
      summary: 'Create an account',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const destination = await destinations.read(visit, req.query);
        const context = visit.contextFor(destination);
        const { t } = context.language;
        const given = {
          username: readable(() => form.get('username')) ?? '',
          password: form.get('password') ?? '',
          email: readable(() => form.get('email')),
        };
        const again = againOn(visit, destination, (faults) =>
          signUpPage(context, { username: given.username, email: given.email, faults }, usernames),
        );
        const { data, error } = registration.safeParse(given);
        if (error) return again(400, ruleFaults(t, error.issues));
        return orAgain(t, again, async () => {
          await limits.countRegistration(visit.caller);
          const { id } = await accounts.register(data, {
            caller: visit.caller,
            language: context.language.code,
          });
          const previous = await logins.find(visit.login);
          const signInContext = signInContextOf(visit, destination, previous);
          const signedIn = await logins.signInAs(id, ['pwd'], signInContext);
          return destinations.goOnSignedIn(visit, destination, signedIn);
        });
      },
    }),
  ];
}

const hintedIn = ({ request }: Destination) => request?.loginHint ?? request?.hintedUsername;

const isMissing = (form: { get(name: string): string | undefined }, name: string) =>
  readable(() => form.get(name) ?? '') === '';
