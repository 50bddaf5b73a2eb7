import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import getPort from 'get-port';
import { answering, type Contestant, start } from './gateway-process.ts';

export const isInstalled = (command: string): boolean =>
  spawnSync(command, ['-v'], { stdio: 'ignore' }).error === undefined;

/** Every peer that this machine has, forwarding to the upstream's port. */
export const startPeers = async (upstream: number, folder: string) => {
  const peers = [await startProxyMiddleware(upstream)];
  const skipped: string[] = [];
  for (const [name, startPeer] of [
    ['nginx', startNginx],
    ['haproxy', startHaproxy],
  ] as const) {
    if (isInstalled(name)) peers.push(await startPeer(upstream, folder));
    else skipped.push(name);
  }
  return { peers, skipped };
};

const startProxyMiddleware = async (upstream: number): Promise<Contestant> => {
  const port = await getPort({ host: '127.0.0.1' });
  const file = join(import.meta.dirname, 'http-proxy-middleware.ts');
  const child = start(process.execPath, [file, String(port), String(upstream)], process.env);
  return answering({ name: 'http-proxy-middleware', port, pid: child.pid as number });
};

const startNginx = async (upstream: number, folder: string): Promise<Contestant> => {
  const port = await getPort({ host: '127.0.0.1' });
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; master_process off; worker_processes 1; pid ${folder}/nginx.pid;
     error_log ${folder}/error.log;
     events { worker_connections 1024; }
     http {
       access_log ${folder}/access.log; keepalive_requests 1000000;
       client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
       fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
       upstream todo { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000; }
       server { listen 127.0.0.1:${port};
         location /todo { proxy_pass http://todo; proxy_http_version 1.1;
           proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr;
           proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host;
           proxy_set_header X-Request-Id $request_id; } } }`,
  );
  const child = start('nginx', ['-c', config, '-p', folder], process.env);
  return answering({ name: 'nginx', port, pid: child.pid as number });
};

const startHaproxy = async (upstream: number, folder: string): Promise<Contestant> => {
  const port = await getPort({ host: '127.0.0.1' });
  const config = join(folder, 'haproxy.cfg');
  writeFileSync(
    config,
    `global
  nbthread 1
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  http-reuse always
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend door
  bind 127.0.0.1:${port}
  unique-id-format %[uuid()]
  unique-id-header X-Request-Id
  option forwardfor
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  default_backend todo
backend todo
  server one 127.0.0.1:${upstream}
`,
  );
  const child = start('haproxy', ['-db', '-f', config], process.env);
  return answering({ name: 'haproxy', port, pid: child.pid as number });
};
