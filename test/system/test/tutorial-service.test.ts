import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasPython, pythonPath } from '@latchkey/service-kit/testing/python';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servicesDirOf } from '../src/services-dir.ts';
import { givenOrigin, type System, startSystem } from '../src/system.ts';

const isRun = !givenOrigin && hasPython('fastapi', 'uvicorn', 'jose', 'sqlalchemy', 'psycopg2');
const file = 'tutorial_service.py';

/** In the place of todo-service, on its database. */
const joining = {
  name: 'tutorial-service',
  port: 4002,
  routes: ['/todo'],
  scopes: { 'todo:read': 'Read your todos' },
  database: 'todo',
  command: ['sh', '-c', `exec python3 ${file} "$PORT"`],
  ready: '/docs',
};

describe.skipIf(!isRun)('a service as FastAPI’s tutorial writes it', () => {
  let servicesDir: string;
  let system: System;

  beforeAll(async () => {
    servicesDir = servicesDirOf('services/auth-service', 'services/gateway');
    const folder = join(servicesDir, joining.name);
    mkdirSync(folder);
    writeFileSync(join(folder, 'service.json'), JSON.stringify(joining));
    const original = join(import.meta.dirname, '../../../bench/src/service', file);
    copyFileSync(original, join(folder, file));
    const env = { PATH: pythonPath, JWT_ALG: 'HS256', TOKEN_PROFILE: 'minimal' };
    system = await startSystem(env, servicesDir);
  });
  afterAll(async () => {
    await system?.stop();
    rmSync(servicesDir, { recursive: true });
  });

  it('joins unchanged, behind the one login', async () => {
    const { token } = await system.newPerson('ada');
    const list = await system.request('GET /todo', { token });
    expect([list.status, list.body]).toEqual([200, []]);
    const bad = await system.request('GET /todo', { token: `${token}x` });
    expect(bad.status).toBe(401);
    expect(bad.body).toEqual({ detail: 'Could not validate user.' });
  });
});
