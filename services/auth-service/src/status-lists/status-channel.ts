import { z } from 'zod';

/** What PostgreSQL's NOTIFY carries from the instance that changes something to all of them. */
export const STATUS_CHANNEL = 'latchkey_status';

/** Most indices of one change: a payload has to stay below PostgreSQL's 8,000 bytes. */
export const MAX_CHANGE_INDICES = 500;

const listNotice = z.object({
  list: z.int().min(1),
  seq: z.int().min(0),
  idx: z.array(z.int().min(0)).max(MAX_CHANGE_INDICES).optional(),
});
const keyNotice = z.object({ removedKey: z.string() });

const noticeText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.union([listNotice, keyNotice]));

/**
 * A list and the number of its last change: with the indices that it revoked, without them when it
 * opened. Or a signing key that was removed.
 */
export type StatusNotice = z.output<typeof noticeText>;

/** Undefined for what no release of ours writes. */
export const readStatusNotice = (payload: string | undefined): StatusNotice | undefined =>
  noticeText.safeParse(payload).data;
