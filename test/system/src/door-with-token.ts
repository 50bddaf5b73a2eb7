import { request } from 'node:http';
import { listenOnLoopback } from '@latchkey/service-kit/testing/harness';

/**
 * A door to a server for a client that cannot send a token: it adds one. Where the client writes this
 * door's address, the server reads its own.
 */
export async function doorWithToken(origin: string, token: string) {
  const { hostname, port, host } = new URL(origin);
  const named = (address: string | undefined) =>
    address?.replace(/^(https?:\/\/)?(?:localhost|127\.0\.0\.1)(?::\d+)?$/, `$1${host}`);
  return listenOnLoopback((req, res) => {
    const { url: path, method, headers: given } = req;
    const from = named(given.origin);
    const headers = {
      ...given,
      host: named(given.host),
      ...(from === undefined ? {} : { origin: from }),
      authorization: `Bearer ${token}`,
    };
    const passed = request({ hostname, port, path, method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    passed.on('error', () => res.destroy());
    res.on('close', () => passed.destroy());
    req.pipe(passed);
  });
}
