import type { VerifiedToken } from '@latchkey/jwt-verify';
import { exactText, rowNumber } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import { listIdOf } from '../status-lists/list-uri.ts';
import type { Authentication } from './assurance.ts';

/** PostgreSQL and JavaScript write years beyond this one differently. */
const LAST_SECOND = Date.parse('9999-12-31T23:59:59Z') / 1000;

const LAST_INDEX = 2 ** 31 - 1;

const statusSchema = z.object({
  status_list: z.object({ idx: z.int().min(0).max(LAST_INDEX), uri: z.string().max(2_048) }),
});

const claimsSchema = z.object({
  iss: z.string().optional(),
  sub: exactText({ min: 1, max: 256 }),
  id: rowNumber.optional(),
  client_id: exactText({ max: 256 }).optional(),
  jti: exactText({ min: 1, max: 256 }).optional(),
  sid: z.uuid().optional(),
  auth_time: z.int().min(0).max(LAST_SECOND).optional(),
  amr: z
    .array(exactText({ min: 1, max: 32 }))
    .max(16)
    .optional(),
  exp: z.number().max(LAST_SECOND),
  status: statusSchema.optional(),
});

/**
 * What a token of this service says. Undefined for claims that it never writes: with a shared
 * secret, others sign tokens too.
 */
export function claimsOf({ claims }: VerifiedToken) {
  const { data } = claimsSchema.safeParse(claims);
  if (!data) return undefined;
  const { iss = '', status, ...rest } = data;
  if (!status) return { ...rest, status: undefined };
  const { idx: index, uri } = status.status_list;
  const listId = listIdOf(iss, uri);
  return listId === undefined ? undefined : { ...rest, status: { listId, index } };
}

/** What a token says of the sign-in behind it. */
export function authenticationOf(token: VerifiedToken): Authentication | undefined {
  const { auth_time: seconds, amr } = claimsOf(token) ?? {};
  return seconds === undefined || !amr ? undefined : { authTime: new Date(seconds * 1000), amr };
}

/** The login session that a token belongs to. */
export const sessionOf = (token: VerifiedToken): string | undefined => claimsOf(token)?.sid;

/** Whether a token is for the service behind a client; most clients are no service. */
export const isMeantFor = (
  { claims }: VerifiedToken,
  { audience }: { audience: string | null },
): boolean => audience !== null && [claims.aud ?? []].flat().includes(audience);
