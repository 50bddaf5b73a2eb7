import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasPython, pythonPath } from '@latchkey/service-kit/testing/python';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servicesDirOf } from '../src/services-dir.ts';
import { givenOrigin, type System, startSystem } from '../src/system.ts';

const isRun = !givenOrigin && hasPython('fastapi', 'uvicorn', 'jwt', 'cryptography');
const example = join(import.meta.dirname, '../../../examples/python-service');

describe.skipIf(!isRun)('examples/python-service, copied into a running stack', () => {
  let servicesDir: string;
  let system: System;
  beforeAll(async () => {
    servicesDir = servicesDirOf(
      ...['auth-service', 'gateway', 'todo-service'].map((name) => `services/${name}`),
    );
    system = await startSystem({ PATH: pythonPath }, servicesDir);
  });
  afterAll(async () => {
    await system?.stop();
    rmSync(servicesDir, { recursive: true });
  });

  const signIn = async () =>
    String((await system.login('wangerge', 'test1234')).body?.access_token);
  const statusOf = async (path: string, token: string) =>
    (await system.request(`GET ${path}`, { token })).status;

  it('answers the first authorized request within 20 s, while the others go on', async () => {
    const before = await signIn();
    expect(await statusOf('/notes', before)).toBe(404);
    const folder = join(servicesDir, 'python-service');
    const startedAt = performance.now();
    cpSync(example, folder, { recursive: true });
    const others = new Set<number>();
    // A token has the scopes that there were when it was made.
    const firstAnswer = async () => {
      others.add(await statusOf('/todo', before));
      return statusOf('/notes', await signIn());
    };
    await expect.poll(firstAnswer, { timeout: 20_000, interval: 100 }).toBe(200);
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(`python-service: first 200 after ${seconds.toFixed(1)} s\n`);
    expect([...others]).toEqual([200]);
  }, 40_000);

  it('is removed without a trace', async () => {
    const token = await signIn();
    rmSync(join(servicesDir, 'python-service'), { recursive: true });
    await expect.poll(() => statusOf('/notes', token), { timeout: 15_000 }).toBe(404);
    expect(await statusOf('/todo', token)).toBe(200);
    const scope = 'notes:read';
    const refused = async () => (await system.login('wangerge', 'test1234', { scope })).status;
    await expect.poll(refused, { timeout: 15_000 }).toBe(400);
    const { body } = await system.login('wangerge', 'test1234');
    expect(body.scope).not.toContain('notes:');
  }, 40_000);
});
