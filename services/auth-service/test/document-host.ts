import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

/** Names of it that a test's own `resolve` leads to this computer. */
export const AGENT_HOST = 'agent.test';
export const OTHER_HOST = 'other.test';

type Serve = (req: IncomingMessage, res: ServerResponse) => void;

/** A real HTTPS server of a stranger, with a certificate that it made itself. */
export async function openDocumentHost(host = '127.0.0.1') {
  const names = ['localhost', AGENT_HOST, OTHER_HOST];
  const { private: key, cert } = await generate([{ name: 'commonName', value: AGENT_HOST }], {
    keyType: 'ec',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          { type: 7 as const, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const pages = new Map<string, Serve>();
  const requests: string[] = [];
  let connections = 0;
  const server = createServer({ key, cert }, (req, res) => {
    requests.push(req.url ?? '');
    const serve = pages.get(req.url ?? '');
    if (serve) serve(req, res);
    else res.writeHead(404).end();
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const at = (path: string, name = AGENT_HOST) => `https://${name}:${port}${path}`;

  return {
    cert,
    port,
    at,
    requests,
    paths: () => pages.keys(),
    connections: () => connections,
    serve: (path: string, serve: Serve) => void pages.set(path, serve),

    /** @returns its address, which is the `client_id` */
    publish(path: string, more: object = {}, headers: Record<string, string> = {}): string {
      const url = at(path);
      const document = { ...aDocument, client_id: url, ...more };
      pages.set(path, (_req, res) => sendJson(res, document, headers));
      return url;
    },
    remove: (path: string) => void pages.delete(path),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export type DocumentHost = Awaited<ReturnType<typeof openDocumentHost>>;

export function sendJson(res: ServerResponse, body: object, headers: Record<string, string> = {}) {
  res.writeHead(200, { 'content-type': 'application/json', ...headers });
  res.end(JSON.stringify(body));
}

export const AGENT_CALLBACK = 'https://agent.test/callback';

export const aDocument = {
  client_name: 'Garden Agent',
  redirect_uris: [AGENT_CALLBACK],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};

/** Both names are this computer, and the operator allows it. */
export const agentEnv = { CLIENT_ID_METADATA_INTERNAL_HOSTS: `${AGENT_HOST} ${OTHER_HOST}` };
export const outboundTo = ({ cert }: DocumentHost) => ({
  ca: cert,
  resolve: async () => ['127.0.0.1'],
});
