import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

/** Validates by the schema of the request; the error is one line. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => [...path, message].join(' '));
  throw new Error(problems.join('; '));
}

const MAX_ROWS = 1_000;

/** For options that limit the rows. */
export function rowCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_ROWS) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_ROWS}.`);
}
