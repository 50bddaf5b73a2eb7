import { readNotice } from '@latchkey/database/notifications';
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

const statusNotice = z.union([listNotice, keyNotice]);

/**
 * A list and the number of its last change: with the indices that it revoked, without them when it
 * opened. Or a signing key that was removed.
 */
export type StatusNotice = z.output<typeof statusNotice>;

/** Undefined for what no release of ours writes. */
export const readStatusNotice = (payload: string | undefined): StatusNotice | undefined =>
  readNotice(statusNotice, payload);
