import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { publicRoute } from '@latchkey/jwt-verify/express';
import { problems } from '@latchkey/service-kit/http/problems';
import { DOCS_CALLBACK_PATH, DOCS_CLIENT_ID } from '@latchkey/service-kit/joining/roles';
import { type RequestHandler, Router } from 'express';
import type { ServiceDocuments } from './service-documents.ts';

const PAGE = join(import.meta.dirname, 'page');
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const FILES: Record<string, string> = {
  '/docs': join(PAGE, 'index.html'),
  '/docs/initializer.js': join(PAGE, 'initializer.js'),
  [DOCS_CALLBACK_PATH]: join(PAGE, 'oauth2-redirect.html'),
  '/docs/oauth2-redirect.js': join(PAGE, 'oauth2-redirect.js'),
  '/docs/swagger-ui.css': join(SWAGGER_UI, 'swagger-ui.css'),
  '/docs/swagger-ui-bundle.js': join(SWAGGER_UI, 'swagger-ui-bundle.js'),
  '/docs/swagger-ui-standalone-preset.js': join(SWAGGER_UI, 'swagger-ui-standalone-preset.js'),
  '/docs/favicon-32x32.png': join(SWAGGER_UI, 'favicon-32x32.png'),
};

/** Everything from this origin; inline styles are how Swagger UI draws, inline scripts stay out. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The documentation of every service in one page, with nothing loaded from elsewhere. */
export function docsRoutes(documents: ServiceDocuments): Router {
  const router = Router({ caseSensitive: true, strict: false });
  for (const [path, file] of Object.entries(FILES)) router.get(path, publicRoute, sendFile(file));
  router.get('/docs/services.json', publicRoute, (_req, res) => {
    const one = documents.names().map((name) => ({ name, url: `/docs/openapi/${name}.json` }));
    res.set('Cache-Control', 'no-cache');
    res.json({
      urls: [{ name: 'All services', url: '/docs/openapi.json' }, ...one],
      clientId: DOCS_CLIENT_ID,
      callbackPath: DOCS_CALLBACK_PATH,
    });
  });
  // At the root as well, where tools look for it.
  router.get(['/docs/openapi.json', '/openapi.json'], publicRoute, async (_req, res) => {
    res.set('Cache-Control', 'no-store').json(await documents.all());
  });
  router.get('/docs/openapi/:service.json', publicRoute, async (req, res) => {
    const document = await documents.one(String(req.params.service));
    if (!document) throw problems.not_found();
    res.set('Cache-Control', 'no-store').json(document);
  });
  return router;
}

function sendFile(file: string): RequestHandler {
  // Relative to a root, for pnpm's folders are hidden ones, which would be refused.
  const options = { root: dirname(file), cacheControl: false, lastModified: true };
  return (_req, res, next) => {
    res.set({ 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-cache' });
    // Called when all is sent, too.
    res.sendFile(basename(file), options, (error) => error && next(error));
  };
}
