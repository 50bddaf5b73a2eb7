import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, 'fixtures-serve.ts');

async function start(env: Record<string, string> = {}) {
  const child = fork(script, { env: { ...process.env, NODE_ENV: 'test', ...env }, silent: true });
  const lines: string[] = [];
  const listening = Promise.withResolvers<number>();
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"listening"')) listening.resolve(JSON.parse(line).port);
    });
  }
  const exited = once(child, 'exit').then(([code]) => {
    listening.resolve(0);
    return code as number;
  });
  return { child, lines, exited, port: await listening.promise };
}

describe('serve', () => {
  it('goes on answering for its drain delay, not ready, then ends with 0', async () => {
    const { child, exited, port } = await start({ PORT: '0', DRAIN_DELAY_MS: '3000' });
    child.kill('SIGTERM');
    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status, {
        timeout: 2_500,
      })
      .toBe(503);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await exited).toBe(0);
  });

  it('ends when its parent is gone, though nobody reads its log any more', async () => {
    const { child, exited } = await start({ PORT: '0' });
    child.stdout?.destroy();
    child.disconnect();
    expect(await exited).toBe(0);
  });

  it('ends within a bound when something it holds does not close', async () => {
    const { child, exited, lines } = await start({ PORT: '0', NEVER_CLOSES: '1' });
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(lines.some((line) => line.includes('"stopped"'))).toBe(true);
  });

  it('says in one line that its port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const { exited, lines } = await start({ PORT: String(port) });
    expect(await exited).toBe(1);
    expect(lines).toEqual([`idle: port ${port} is in use; set PORT to a free one`]);
    holder.close();
  });
});
