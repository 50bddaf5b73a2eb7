import type { VerifiedToken } from '@latchkey/jwt-verify';
import { z } from 'zod';
import { defineProblems } from './problems.ts';
import { exactText, rowNumber } from './schemas.ts';

/** A person as a token names one: `id` is the integer id, `username` the subject. */
export interface Person {
  id: number;
  username: string;
}

/** Longer than any that auth-service gives out. */
const MAX_USERNAME_LENGTH = 256;

const personProblems = defineProblems({
  person_required: { status: 403, detail: 'Only a signed-in person can do this.' },
});

const person = z.object({
  id: rowNumber,
  username: exactText({ min: 1, max: MAX_USERNAME_LENGTH }),
});

/**
 * With a shared secret others make tokens too: what could not be a person of ours is none.
 *
 * @throws Problem `person_required` for a token that speaks for a service rather than a person
 */
export function personOf({ claims, subject }: VerifiedToken): Person {
  const { data } = person.safeParse({ id: claims.id, username: subject });
  if (!data) throw personProblems.person_required();
  return data;
}
