import { createHash } from 'node:crypto';
import { publicRoute } from '@latchkey/jwt-verify/express';
import { ok, route } from '@latchkey/service-kit/http/route';

interface File {
  /** The beginning of its address, `/sign-in/style`, and the end, `css`. */
  path: string;
  extension: string;
  type: string;
  text: string;
  summary: string;
}

/** A file of the pages whose address changes with it, so that browsers may keep it for good. */
export function hashedFile({ path, extension, type, text, summary }: File) {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 16);
  const url = `${path}-${hash}.${extension}`;
  return {
    url,
    route: route({
      method: 'get',
      path: url,
      guard: publicRoute,
      summary,
      responses: { 200: { description: 'The file.', contentType: type } },
      hidden: true,
      handle: () =>
        ok(text, {
          'Content-Type': `${type}; charset=utf-8`,
          'Cache-Control': 'public, max-age=31536000, immutable',
        }),
    }),
  };
}
