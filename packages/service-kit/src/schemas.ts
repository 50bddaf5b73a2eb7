import { z } from 'zod';

const MAX_INT4 = 2_147_483_647;

/** The id of a row in JSON, a token or a cursor: what fits PostgreSQL's `integer`. */
export const rowNumber = z.int().min(1).max(MAX_INT4);

/** The id of a row in a path: what fits PostgreSQL's `integer`. */
export const rowId = z
  .string()
  .regex(/^[1-9]\d{0,9}$/, 'must be a positive whole number')
  .transform(Number)
  .refine((id) => id <= MAX_INT4, `must be at most ${MAX_INT4}`)
  .meta({ description: 'A positive whole number.', example: '1' });

/**
 * Text as a person writes it, its ends trimmed. Refused is what PostgreSQL cannot hold: NUL, and
 * surrogates without their other half, which would come back as another character.
 */
export const text = ({ min = 0, max }: { min?: number; max: number }) =>
  z
    .string()
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed text')
    .trim()
    .min(min)
    .max(max);
