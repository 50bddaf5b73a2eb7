import type { BrowserLogin } from './browser-login-repository.ts';

/** How old a sign-in may be for a change of how a person signs in. */
export const FRESH_SECONDS = 300;

export const isFreshSignIn = ({ authTime }: Pick<BrowserLogin, 'authTime'>, nowMs: number) =>
  nowMs - authTime.getTime() <= FRESH_SECONDS * 1000;
