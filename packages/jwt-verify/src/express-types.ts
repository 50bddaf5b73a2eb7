/**
 * Types `req.auth` of Express for the whole program: `import '@latchkey/jwt-verify/express-types'`.
 * Separate from `/express`, because other libraries declare `req.auth` with other types.
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
