import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import getPort from 'get-port';
import { expect, test } from 'vitest';
import { runConformance } from '../src/index.ts';

const folder = join(import.meta.dirname, 'naive');
const python = ['/usr/bin/python3', 'python3'].find(
  (file) => spawnSync(file, ['-c', 'import fastapi, jose, uvicorn']).status === 0,
);

test.skipIf(python === undefined)(
  "FastAPI's tutorial is let down where it thinks of nothing (needs python3 with fastapi and jose)",
  async () => {
    const report = await runConformance({
      url: `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`,
      serviceFile: join(folder, 'service.json'),
      command: [python ?? '', join(folder, 'tutorial_service.py')],
      profile: 'minimal',
    });
    expect(report.passed).toBe(false);
    const idsOf = (outcome: string, severity: string) =>
      report.results
        .filter((one) => one.outcome === outcome && one.severity === severity)
        .map(({ id }) => id);
    expect(idsOf('failed', 'must')).toEqual(
      expect.arrayContaining([
        ...['credentials.two-headers', 'token.iss-foreign', 'token.exp-missing'],
        ...['challenge.no-credentials', 'challenge.invalid-token', 'rows.foreign-equals-absent'],
        ...['body.content-type', 'body.too-large', 'body.odd-values'],
        ...['answer.problem', 'answer.no-store', 'answer.method-not-allowed'],
        ...['lifecycle.healthz', 'lifecycle.readyz'],
      ]),
    );
    // What its libraries do by themselves.
    expect(idsOf('passed', 'must')).toEqual(
      expect.arrayContaining([
        ...['credentials.none', 'credentials.identity-headers', 'token.good', 'token.alg-none'],
        ...['token.wrong-key', 'token.exp-past', 'body.malformed', 'lifecycle.sigterm'],
      ]),
    );
  },
  120_000,
);
