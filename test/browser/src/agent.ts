import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/**
 * An agent that nobody registered: its metadata document is at its own HTTPS server, with a
 * certificate that it made itself, and it waits for its code at a loopback address.
 *
 * @param folder where the certificate is left, for `NODE_EXTRA_CA_CERTS`
 */
export async function startAgent(folder: string) {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] }],
  });
  const certificateFile = join(folder, 'agent.pem');
  writeFileSync(certificateFile, cert);
  const callback = 'http://localhost/callback';
  const server = createServer({ key, cert }, (_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(
      JSON.stringify({
        client_id: id,
        client_name: 'Garden Agent',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
        logo_uri: 'https://localhost/logo.png',
      }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const id = `https://localhost:${port}/client.json`;
  const waitsAt = 'http://localhost:54545/callback';

  return {
    id,
    certificateFile,
    waitsAt,
    authorizeUrl(origin: string, resource: string) {
      const verifier = randomBytes(32).toString('base64url');
      const parameters = new URLSearchParams({
        response_type: 'code',
        client_id: id,
        redirect_uri: waitsAt,
        scope: 'todo:read todo:write offline_access',
        resource,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      return { url: `${origin}/authorize?${parameters}`, verifier };
    },
    async redeem(origin: string, code: string, verifier: string) {
      const form = { grant_type: 'authorization_code', client_id: id, redirect_uri: waitsAt };
      const body = new URLSearchParams({ ...form, code, code_verifier: verifier });
      const answer = await fetch(`${origin}/token`, { method: 'POST', body });
      return (await answer.json()) as { access_token: string; refresh_token: string };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
