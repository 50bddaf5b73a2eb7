/**
 * Types `req.auth` of Express for the whole program: `import '@latchkey/jwt-verify/express-types'`.
 * Apart from `/express`, because other libraries declare `req.auth` with types of their own.
 *
 * @module
 */
import type { VerifiedToken } from './token.ts';

declare global {
  namespace Express {
    interface Request {
      /** The token that the guard of this route verified; see `tokenOf`. */
      auth?: VerifiedToken;
    }
  }
}
