import type { IncomingMessage } from 'node:http';
import { TokenError, type Verifier } from '@latchkey/jwt-verify';
import { type Problem, toProblem } from '@latchkey/service-kit/http/problems';

/** Why a request is refused here; undefined where that is for the service to say. */
export type RevocationCheck = (req: IncomingMessage) => Problem | undefined;

const BEARER = /^bearer +([^\s,]+)$/i;

/**
 * Refuses revoked tokens before they reach a service. Every other fault of a token, and every token
 * that cannot be checked here, is the service's to judge: it does so anyway.
 */
export const revocationCheck =
  ({ verifySync }: Pick<Verifier, 'verifySync'>): RevocationCheck =>
  ({ headers }) => {
    const token = BEARER.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    try {
      verifySync(token);
    } catch (error) {
      if (TokenError.is(error) && error.code === 'token_revoked') {
        return toProblem(error, () => false);
      }
    }
    return undefined;
  };
