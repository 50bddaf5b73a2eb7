import { z } from 'zod';
import { newUsername } from '../names/username-rules.ts';
import { hashProblem } from '../passwords/imported-hash.ts';

export const IMPORT_COLUMNS = ['username', 'password_hash', 'roles'] as const;

const MAX_ROLES = 16;

const rolesSchema = (known: ReadonlySet<string>) =>
  z
    .union([z.string(), z.array(z.string())])
    .default('')
    .transform((given) => {
      const names = typeof given === 'string' ? given.split(/[\s,]+/) : given;
      return [...new Set(names.filter((name) => name !== ''))];
    })
    .refine((names) => names.length <= MAX_ROLES, `must be at most ${MAX_ROLES}`)
    .refine(
      (names) => names.every((name) => known.has(name)),
      `must be roles that some service brings: ${[...known].join(', ')}`,
    )
    .transform((names) => (names.length > 0 ? names : ['user']));

/** One line of a file of people; an operator may give out reserved names. */
export const importedPerson = (roles: ReadonlySet<string>) =>
  z.strictObject(
    {
      username: newUsername,
      password_hash: z.string().superRefine((passwordHash, context) => {
        const problem = hashProblem(passwordHash);
        if (problem) context.addIssue({ code: 'custom', message: problem });
      }),
      roles: rolesSchema(roles),
    },
    // Zod would name the members that it does not know, and any text could be one.
    {
      error: ({ code }) =>
        code === 'unrecognized_keys'
          ? `only ${IMPORT_COLUMNS.join(', ')} may be given`
          : 'is not an object',
    },
  );
