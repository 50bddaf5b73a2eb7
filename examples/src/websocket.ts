/**
 * WebSockets behind the login. A page can set no header, so it sends the token as a subprotocol:
 * new WebSocket('ws://localhost:3000', ['echo.v1', `bearer.${token}`])
 */
import { createServer, type IncomingMessage } from 'node:http';
import { createVerifier } from '@latchkey/jwt-verify';
import { authenticateUpgrade } from '@latchkey/jwt-verify/node';
import { WebSocketServer } from 'ws';

const { ISSUER = 'http://localhost:8080', PORT = '3000' } = process.env;

const verifier = createVerifier({
  issuer: ISSUER,
  audience: 'todo-service',
  algorithms: ['ES256'],
});

const tokenFromSubprotocol = ({ headers }: IncomingMessage) =>
  headers['sec-websocket-protocol']
    ?.split(',')
    .map((name) => name.trim())
    .find((name) => name.startsWith('bearer.'))
    ?.slice('bearer.'.length);

const sockets = new WebSocketServer({
  noServer: true,
  maxPayload: 64 * 1024,
  // Never the name with the token in it.
  handleProtocols: (names) => names.has('echo.v1') && 'echo.v1',
});
const server = createServer((_request, response) => void response.writeHead(426).end());
server.on('upgrade', async (request, socket, head) => {
  const options = { scope: 'todo:read', tokenFrom: tokenFromSubprotocol };
  const token = await authenticateUpgrade(verifier, request, socket, options);
  if (token === undefined) return;
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    // A connection outlives no token: the client comes again with the next one.
    const leftMs = token.expiresAt * 1000 - Date.now();
    const end = setTimeout(() => webSocket.close(4401, 'token expired'), leftMs);
    webSocket.on('close', () => clearTimeout(end));
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('message', (text) => webSocket.send(`${token.subject}: ${text}`));
  });
});

await verifier.ready(); // the issuer may start up to 30 seconds later
server.listen(Number(PORT), () => console.log(`http://localhost:${PORT}`));
process.once('SIGTERM', () => {
  for (const webSocket of sockets.clients) webSocket.close(1001);
  server.close();
  verifier.close();
});
