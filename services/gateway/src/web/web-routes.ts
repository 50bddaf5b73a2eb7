import { publicRoute } from '@latchkey/jwt-verify/express';
import { problems } from '@latchkey/service-kit/http/problems';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import expressStaticGzip from 'express-static-gzip';

/** The app's own addresses, each with the same shell; service-conflicts.ts reserves them. */
export const APP_ADDRESSES = [
  '/',
  '/todos',
  '/support',
  '/support/:id',
  '/account',
  '/administration',
  ...['people', 'clients', 'keys', 'audit', 'system'].map((part) => `/administration/${part}`),
];

/** No inline script or style, and nothing from another origin. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const ONE_YEAR_SECONDS = 31_536_000;
/** Vite puts a hash of the content into these names. */
const HASHED = `public, max-age=${ONE_YEAR_SECONDS}, immutable`;
const ALLOW = 'GET, HEAD';

/** The browser app: its files, and its shell at each address of the app and for pages that nobody has. */
export function webRoutes(directory: string): Router {
  const router = Router({ caseSensitive: true, strict: false });
  const send = sendFile(directory);
  router.get(APP_ADDRESSES, publicRoute, sendShell(send, 200));
  router.all(APP_ADDRESSES, publicRoute, () => {
    throw problems.method_not_allowed({
      detail: `Allowed here: ${ALLOW}.`,
      headers: { Allow: ALLOW },
    });
  });
  router.get('/*file', publicRoute, send);
  router.get('/*page', publicRoute, (req, res, next) => {
    res.vary('Accept');
    if (isForPerson(req)) sendShell(send, 404)(req, res, next);
    else next();
  });
  return router;
}

/** Where there is no app, people find the documentation. */
export function withoutWeb(): Router {
  const router = Router();
  router.get('/', publicRoute, (_req, res) => res.redirect(302, '/docs'));
  return router;
}

/** A browser that opens a page names HTML; scripts and programs accept anything. */
const isForPerson = ({ headers: { accept = '' } }: Request) => /\btext\/html\b/i.test(accept);

function sendShell(send: RequestHandler, status: 200 | 404): RequestHandler {
  return (req, res, next) => {
    res.status(status);
    req.url = '/index.html';
    send(req, res, next);
  };
}

/** Sends a file, compressed where there is one that the client takes; calls `next` where there is none. */
function sendFile(directory: string): RequestHandler {
  const serve = expressStaticGzip(directory, {
    index: false,
    enableBrotli: true,
    orderPreference: ['br', 'gzip'],
    serveStatic: {
      redirect: false,
      acceptRanges: false,
      cacheControl: false,
      // It is Express's, in which the library stands.
      setHeaders: (res, path) => setHeaders(res as Response, path),
    },
  });
  return (req, res, next) => {
    const { url } = req;
    serve(req, res, (error?: unknown) => {
      // A file that has gone since the start, as after a build, is looked for under its compressed name.
      req.url = url;
      res.removeHeader('Content-Encoding');
      res.removeHeader('Content-Type');
      next(error);
    });
  };
}

function setHeaders(res: Response, path: string): void {
  // Set anew by the library, which forgets what else the answer depends on.
  res.vary('Accept-Encoding, Accept, Origin');
  res.set({ 'Content-Security-Policy': POLICY, 'Cache-Control': cacheControlOf(res, path) });
}

function cacheControlOf({ statusCode }: Response, path: string): string {
  if (statusCode === 404) return 'no-store';
  return /[\\/]assets[\\/][^\\/]+$/.test(path) ? HASHED : 'no-cache';
}
