import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { requestRecorder } from '../src/http/access-log.ts';
import { createLog } from '../src/process/log.ts';
import { createMetrics } from '../src/process/metrics.ts';

/** The chunks that reach standard output in this turn of the event loop. */
async function chunksOf(log: () => void): Promise<string[]> {
  const { write } = process.stdout;
  const chunks: string[] = [];
  process.stdout.write = ((chunk: string) => {
    chunks.push(chunk);
    return true;
  }) as typeof write;
  try {
    log();
    await nextTurn();
  } finally {
    process.stdout.write = write;
  }
  return chunks;
}

const written = async (log: () => void) => (await chunksOf(log)).join('');

describe('createLog', () => {
  it('censors what could carry a credential', async () => {
    const line = await written(() =>
      createLog('x', 'info').info({
        authorization: 'Bearer abc',
        headers: { cookie: 'abc', authorization: 'abc' },
        req: { headers: { authorization: 'abc' } },
        body: { password: 'abc', token: 'abc', secret: 'abc' },
      }),
    );
    expect(line).toContain('[redacted]');
    expect(line).not.toContain('abc');
  });

  it('keeps of an error its kind, its last line and where it was, not the values before', async () => {
    const error = new Error('Invalid call\n  where: { password: "abc" }\ncould not connect');
    const line = await written(() => createLog('x', 'info').error({ err: error, msg: 'request' }));
    expect(JSON.parse(line).err).toMatchObject({ type: 'Error', message: 'could not connect' });
    expect(line).not.toContain('abc');
  });

  it('writes the lines of one turn of the event loop at once, in order', async () => {
    const log = createLog('x', 'info');
    const chunks = await chunksOf(() => {
      for (const n of [1, 2, 3]) log.info({ n });
    });
    expect(chunks).toHaveLength(1);
    const lines = chunks[0]?.trim().split('\n') ?? [];
    expect(lines.map((line) => JSON.parse(line).n)).toEqual([1, 2, 3]);
  });

  it('loses no line when the process exits in the same turn', () => {
    const module = JSON.stringify(join(import.meta.dirname, '../src/process/log.ts'));
    const code = `import { createLog } from ${module};
      const log = createLog('x', 'info');
      for (let n = 0; n < 1000; n++) log.info({ n });
      process.exit(0);`;
    const args = ['--input-type=module', '--eval', code];
    const text = execFileSync(process.execPath, args, { encoding: 'utf8' });
    expect(text.trim().split('\n')).toHaveLength(1000);
  });
});

describe('requestRecorder', () => {
  it('writes the cause of a problem without the values in its message', async () => {
    const metrics = createMetrics('x');
    const line = await written(() =>
      requestRecorder(
        createLog('x', 'info'),
        metrics,
      )({
        context: { requestId: 'request-1', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
        method: 'POST',
        route: '/token',
        status: 500,
        durationMs: 1.239,
        problem: { code: 'internal_error', cause: new Error('password: "abc"\nlast line') },
      }),
    );
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      service: 'x',
      requestId: 'request-1',
      route: '/token',
      status: 500,
      durationMs: 1.24,
      code: 'internal_error',
      err: { message: 'last line' },
    });
    expect(line).not.toContain('abc');
  });
});
