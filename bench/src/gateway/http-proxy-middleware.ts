/** The peer: Express and http-proxy-middleware, connections kept alive. Arguments: its port, the upstream's. */
import { Agent, createServer } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';

const [port, upstream] = process.argv.slice(2).map(Number);
const app = express();
app.disable('x-powered-by');
app.use(
  createProxyMiddleware({
    target: `http://127.0.0.1:${upstream}`,
    pathFilter: '/todo',
    agent: new Agent({ keepAlive: true }),
    xfwd: true,
  }),
);
createServer(app).listen(port, '127.0.0.1');
