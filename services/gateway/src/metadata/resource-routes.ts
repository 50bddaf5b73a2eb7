import { publicRoute } from '@latchkey/jwt-verify/express';
import { problems } from '@latchkey/service-kit/http/problems';
import { RESOURCE_METADATA_PATH } from '@latchkey/service-kit/joining/resource-metadata';
import { Router } from 'express';
import type { ProtectedResources } from './protected-resources.ts';

const MAX_AGE_SECONDS = 300;
const ALLOW = 'GET, HEAD, OPTIONS';

/** Readable by every page: it is the same for all, and clients in browsers begin with it. */
export function resourceRoutes(resources: ProtectedResources): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.all(
    [RESOURCE_METADATA_PATH, `${RESOURCE_METADATA_PATH}/*route`],
    publicRoute,
    (req, res) => {
      res.set({
        'Access-Control-Allow-Origin': '*',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      });
      if (req.method === 'OPTIONS') {
        res.set({ Allow: ALLOW, 'Access-Control-Allow-Methods': ALLOW });
        // What clients add of their own, as `MCP-Protocol-Version`; nothing is read of it.
        res.set({ 'Access-Control-Allow-Headers': '*', 'Access-Control-Max-Age': '7200' });
        res.status(204).end();
        return;
      }
      if (req.method !== 'GET' && req.method !== 'HEAD') {
        const detail = `Allowed here: ${ALLOW}.`;
        throw problems.method_not_allowed({ detail, headers: { Allow: ALLOW } });
      }
      const document = resources.find(req.path);
      if (!document) throw problems.not_found();
      res.set('Cache-Control', `public, max-age=${MAX_AGE_SECONDS}`).json(document);
    },
  );
  return router;
}
