import type { RequestOptions } from '@latchkey/service-kit/testing/harness';
import { expect, test } from 'vitest';
import type { SupportService } from './harness.ts';
import { accessToken, badTokens } from './tokens.ts';

interface Operation {
  line: string;
  json?: object;
  scope: 'tickets:read' | 'tickets:write';
}

/** The 401 and 403 cases that every operation has. */
export function testRefusals(service: () => SupportService, operation: Operation): void {
  const { line, json, scope } = operation;
  const call = (options: RequestOptions = {}) =>
    service().request(line, { ...(json ? { json } : {}), ...options });

  test('401 without a token', async () => {
    const answer = await call();
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ status: 401, detail: 'Not authenticated' });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const challenge = answer.headers.get('www-authenticate');
    expect(challenge).toContain('Bearer realm="support-service"');
    expect(challenge).not.toContain('error=');
  });

  test.each(badTokens)('401 with a token that is %s', async (_name, token) => {
    const answer = await call({ token });
    expect(answer.status).toBe(401);
    expect(answer.body.detail).toBe('Could not validate user.');
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(answer.text).not.toContain(token);
  });

  test(`403 without ${scope}, naming it`, async () => {
    const other = scope === 'tickets:read' ? 'tickets:write' : 'tickets:read';
    const answer = await call({ token: accessToken({ scope: other, roles: ['agent'] }) });
    expect(answer.status).toBe(403);
    const challenge = answer.headers.get('www-authenticate');
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain(`scope="${scope}"`);
  });

  test('403 for a token that speaks for no person', async () => {
    const answer = await call({ token: accessToken({ claims: { id: undefined } }) });
    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe('person_required');
  });
}
