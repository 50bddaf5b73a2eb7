import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { publicRoute } from '@latchkey/jwt-verify/express';
import { ok, route } from '@latchkey/service-kit/http/route';
import { KEPT_FOR_GOOD } from './stylesheet.ts';

/** The bundle that the package brings for pages without a bundler, beside its entry. */
const BUNDLE = '../dist/bundle/index.umd.min.js';
const library = import.meta.resolve('@simplewebauthn/browser');

const script = [new URL(BUNDLE, library), new URL('./passkeys.js', import.meta.url)]
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
const hash = createHash('sha256').update(script).digest('base64url').slice(0, 16);

/** Changes when the script does. */
export const PASSKEY_SCRIPT_URL = `/sign-in/passkeys-${hash}.js`;

export const passkeyScriptRoute = route({
  method: 'get',
  path: PASSKEY_SCRIPT_URL,
  guard: publicRoute,
  summary: 'Passkeys on the hosted pages',
  responses: { 200: { description: 'The script.', contentType: 'text/javascript' } },
  hidden: true,
  handle: () =>
    ok(script, {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': KEPT_FOR_GOOD,
    }),
});
