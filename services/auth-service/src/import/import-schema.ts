import { z } from 'zod';
import { newUsername } from '../names/username-rules.ts';
import { hashProblem } from '../passwords/imported-hash.ts';

export const IMPORT_COLUMNS = ['username', 'password_hash', 'roles'] as const;

const ROLE = /^[a-z][a-z0-9_-]{0,31}$/;
const MAX_ROLES = 16;

const roles = z
  .union([z.string(), z.array(z.string())])
  .default('')
  .transform((given) => {
    const names = typeof given === 'string' ? given.split(/[\s,]+/) : given;
    return [...new Set(names.filter((name) => name !== ''))];
  })
  .refine((names) => names.length <= MAX_ROLES, `must be at most ${MAX_ROLES}`)
  .refine((names) => names.every((name) => ROLE.test(name)), 'must be names such as user or agent')
  .transform((names) => (names.length > 0 ? names : ['user']));

/** One line of a file of people; an operator may give out reserved names. */
export const importedPerson = z.strictObject(
  {
    username: newUsername,
    password_hash: z.string().superRefine((passwordHash, context) => {
      const problem = hashProblem(passwordHash);
      if (problem) context.addIssue({ code: 'custom', message: problem });
    }),
    roles,
  },
  // Zod would name the members that it does not know, and any text could be one.
  {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `only ${IMPORT_COLUMNS.join(', ')} may be given`
        : 'is not an object',
  },
);
