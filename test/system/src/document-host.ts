import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A stranger's HTTPS server with client ID metadata documents, and a certificate that it made itself. */
export async function openDocumentHost() {
  const localhost = { type: 2 as const, value: 'localhost' };
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [localhost] }],
  });
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-document-host-'));
  const certificate = join(folder, 'certificate.pem');
  writeFileSync(certificate, cert);
  const documents = new Map<string, object>();
  const server = createServer({ key, cert }, (req, res) => {
    const document = documents.get(req.url ?? '');
    if (!document) return res.writeHead(404).end();
    res.writeHead(200, { 'content-type': 'application/json' });
    return res.end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => void server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    /** A stack that fetches from it, and trusts it. */
    env: {
      CLIENT_ID_METADATA_INTERNAL_HOSTS: 'localhost',
      NODE_EXTRA_CA_CERTS: certificate,
    },
    /** Returns the address of the document, which is the `client_id`. */
    publish(path: string, members: object): string {
      const client_id = `https://localhost:${port}${path}`;
      documents.set(path, { client_id, ...members });
      return client_id;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

export type DocumentHost = Awaited<ReturnType<typeof openDocumentHost>>;
