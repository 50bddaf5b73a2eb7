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

/** What PostgreSQL can hold as text: no NUL, no surrogate without its other half. */
export const isStorable = (value: string): boolean => value.isWellFormed() && !value.includes('\0');

const unstorable = { error: 'must be well-formed text', abort: true } as const;

/** Text as a person writes it, its ends trimmed. */
export const text = ({ min = 0, max }: { min?: number; max: number }) =>
  z.string().refine(isStorable, unstorable).trim().min(min).max(max);

/** Text that is stored, or compared with what is, as it came: nothing is trimmed. */
export const exactText = ({ min = 0, max }: { min?: number; max: number }) =>
  z.string().min(min).max(max, { abort: true }).refine(isStorable, unstorable);

const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00Z');
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/** A time, in any zone. PostgreSQL has no year 0, and JavaScript writes years of five digits its own way. */
export const instant = z.iso
  .datetime({ offset: true })
  .transform((time) => new Date(time))
  .refine(
    (time) => time.getTime() >= FIRST_INSTANT && time.getTime() <= LAST_INSTANT,
    'must be a time in the years 1 to 9999',
  );
