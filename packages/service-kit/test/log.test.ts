import { describe, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';

/** What a log line would hold, caught where it is written. */
function written(log: () => void): string {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = ((chunk: string) => {
    text += chunk;
    return true;
  }) as typeof write;
  try {
    log();
  } finally {
    process.stdout.write = write;
  }
  return text;
}

describe('createLog', () => {
  it('censors what could carry a credential', () => {
    const line = written(() =>
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

  it('keeps of an error its kind, its last line and where it was, not the values before', () => {
    const error = new Error('Invalid call\n  where: { password: "abc" }\ncould not connect');
    const line = written(() => createLog('x', 'info').error({ err: error, msg: 'request' }));
    expect(JSON.parse(line).err).toMatchObject({ type: 'Error', message: 'could not connect' });
    expect(line).not.toContain('abc');
  });
});
