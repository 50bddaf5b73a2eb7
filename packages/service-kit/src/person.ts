import type { VerifiedToken } from '@latchkey/jwt-verify';
import { defineProblems } from './problems.ts';
import { rowNumber } from './schemas.ts';

/** A person as a token names one: `id` is the integer id, `username` the subject. */
export interface Person {
  id: number;
  username: string;
}

const personProblems = defineProblems({
  person_required: { status: 403, detail: 'Only a signed-in person can do this.' },
});

/** @throws Problem `person_required` for a token that speaks for a service rather than a person */
export function personOf(auth: VerifiedToken): Person {
  const id = rowNumber.safeParse(auth.claims.id);
  if (!id.success) throw personProblems.person_required();
  return { id: id.data, username: auth.subject };
}
