import type { VerifiedToken } from '@latchkey/jwt-verify';
import { exactText, rowNumber } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';

/** PostgreSQL and JavaScript write years beyond this one differently. */
const LAST_SECOND = Date.parse('9999-12-31T23:59:59Z') / 1000;

const claimsSchema = z.object({
  sub: exactText({ min: 1, max: 256 }),
  id: rowNumber.optional(),
  client_id: exactText({ max: 256 }).optional(),
  jti: exactText({ min: 1, max: 256 }).optional(),
  sid: z.uuid().optional(),
  exp: z.number().max(LAST_SECOND),
});

/**
 * What a token of this service says. Undefined for claims that it never writes: with a shared
 * secret, others sign tokens too.
 */
export const claimsOf = ({ claims }: VerifiedToken) => claimsSchema.safeParse(claims).data;

/** The login session that a token belongs to. */
export const sessionOf = (token: VerifiedToken): string | undefined => claimsOf(token)?.sid;

/** Whether a token is for the service behind a client; most clients are no service. */
export const isMeantFor = (
  { claims }: VerifiedToken,
  { audience }: { audience: string | null },
): boolean => audience !== null && [claims.aud ?? []].flat().includes(audience);
