import { z } from 'zod';
import { canonicalNameOf, MAX_USERNAME_LENGTH } from './canonical-name.ts';
import { isReservedName } from './reserved-names.ts';

/** What people may call themselves when they sign up. */
export const USERNAME_KINDS = ['any', 'names', 'emails'] as const;
export type UsernameKinds = (typeof USERNAME_KINDS)[number];

/** 2 to 64 letters, digits, `.`, `_` and `-`, in NFC; begins and ends with a letter or digit. */
const NAME = /^(?=.{2,64}$)[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}]$/u;
const MAX_EMAIL_LENGTH = 254;

const isName = (username: string) => NAME.test(username);
/** Beginning with a letter or digit, so that no command takes it for an option. */
const isEmail = (username: string) =>
  username.length <= MAX_EMAIL_LENGTH &&
  /^[a-z0-9]/i.test(username) &&
  z.email().safeParse(username).success;

const A_NAME = '2 to 64 letters, digits, dots, dashes or underscores';
const RULES: Record<UsernameKinds, [fits: (username: string) => boolean, rule: string]> = {
  any: [(name) => isName(name) || isEmail(name), `must be ${A_NAME}, or an email address`],
  names: [isName, `must be ${A_NAME}`],
  emails: [isEmail, 'must be an email address'],
};

const usernameOf = (kinds: UsernameKinds) => {
  const [fits, rule] = RULES[kinds];
  return z
    .string()
    .max(MAX_USERNAME_LENGTH, { error: rule, abort: true })
    .transform((username) => username.trim().normalize('NFC'))
    .refine(
      (username) => fits(username) && canonicalNameOf(username).length <= MAX_USERNAME_LENGTH,
      { error: rule, abort: true },
    );
};

/** A name that an operator may give out, reserved ones too. */
export const newUsername = usernameOf('any');

/** A name open to anyone; those of roles are not. */
export const ownUsername = (kinds: UsernameKinds, roles: () => ReadonlySet<string>) =>
  usernameOf(kinds).refine(
    (username) => !isReservedName(username.split('@')[0] ?? '', roles()),
    'is reserved; choose another one',
  );
