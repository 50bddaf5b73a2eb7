import { VerifiedToken } from './token.ts';

// Registered, so that two copies of this package in one app find each other's tokens.
const TOKEN = Symbol.for('@latchkey/jwt-verify/token');

interface Holder {
  [TOKEN]?: VerifiedToken<unknown>;
  auth?: unknown;
}

/**
 * Keep the token of a request where no other middleware writes, and in `auth` too, unless another
 * library has put something of its kind there.
 */
export const keepToken = (request: object, token: VerifiedToken<unknown>): void => {
  const holder = request as Holder;
  const { auth } = holder;
  if (auth === undefined || auth === holder[TOKEN] || auth instanceof VerifiedToken) {
    holder.auth = token;
  }
  holder[TOKEN] = token;
};

/** The token that a guard kept, or that a guard of the app's own put into `auth`. */
export const keptToken = (request: object): VerifiedToken<unknown> | undefined => {
  const { auth, [TOKEN]: token } = request as Holder;
  return auth instanceof VerifiedToken ? auth : token;
};
