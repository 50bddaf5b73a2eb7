import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

/** Judged by the same schema as a request, told in one line. */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const told = result.error.issues.map(({ path, message }) => [...path, message].join(' '));
  throw new Error(told.join('; '));
}

const MAX_ROWS = 1_000;

/** For options that limit the rows. */
export function rowCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_ROWS) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_ROWS}.`);
}
