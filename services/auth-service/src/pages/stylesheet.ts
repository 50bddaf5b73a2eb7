import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { publicRoute } from '@latchkey/jwt-verify/express';
import { ok, route } from '@latchkey/service-kit/http/route';
import type { Brand } from './brand.ts';

export interface Stylesheet {
  /** Changes when the style does. */
  url: string;
  css: string;
}

const read = (specifier: string) => readFileSync(new URL(import.meta.resolve(specifier)), 'utf8');

/** The design tokens, the brand's color, and the style of the pages, as one file. */
export function stylesheetFor({ accent }: Brand): Stylesheet {
  const css = [
    read('@latchkey/design/tokens.css'),
    `:root { --accent: ${accent}; }\n`,
    read('./style.css'),
  ].join('');
  const hash = createHash('sha256').update(css).digest('base64url').slice(0, 16);
  return { url: `/sign-in/style-${hash}.css`, css };
}

/** Its address changes with it. */
export const KEPT_FOR_GOOD = 'public, max-age=31536000, immutable';

export const stylesheetRoute = ({ url, css }: Stylesheet) =>
  route({
    method: 'get',
    path: url,
    guard: publicRoute,
    summary: 'How the hosted pages look',
    responses: { 200: { description: 'The style sheet.', contentType: 'text/css' } },
    hidden: true,
    handle: () =>
      ok(css, { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': KEPT_FOR_GOOD }),
  });
