import type { LogIn } from '../accounts/log-in.ts';
import type { SignedIn, SignInContext } from '../browser/browser-login-operations.ts';
import type { PendingKey } from '../factors/pending-login-repository.ts';
import type { SecondFactorOperations } from '../factors/second-factor-operations.ts';
import type { Limits } from '../limits/limits.ts';

interface Dependencies {
  logIn: LogIn;
  limits: Pick<Limits, 'inTurn'>;
  secondFactor: Pick<SecondFactorOperations, 'openOrAsk'>;
}

/** @throws what `LogIn` throws, and Problem `too_busy` */
export type PasswordSignIn = (
  given: { username: string; password: string },
  key: PendingKey,
  context: SignInContext,
) => Promise<SignedIn | 'second_factor'>;

/** On the sign-in page: the password, in turn and counted as at the token endpoint. */
export const passwordSignIn =
  ({ logIn, limits, secondFactor }: Dependencies): PasswordSignIn =>
  (given, key, context) =>
    limits.inTurn(context.caller, async () => {
      const { caller, clientId } = context;
      const login = await logIn({ ...given, caller, clientId });
      return secondFactor.openOrAsk(login, ['pwd'], key, context);
    });
