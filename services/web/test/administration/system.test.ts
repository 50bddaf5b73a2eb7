import { describe, expect, it } from 'vitest';
import { HISTORY_MS, pointsOf, withSample } from '../../src/administration/system-history.ts';
import { isSystemPicture, type SystemPicture } from '../../src/administration/system-picture.ts';
import { isSevere, troublesOf } from '../../src/administration/system-verdict.ts';

type Service = SystemPicture['services'][number];

const copy = (isHealthy: boolean) => ({ address: '127.0.0.1:4100', isHealthy, inFlight: 0 });
const service = (given: Partial<Service> = {}): Service => ({
  name: 'todo-service',
  description: 'Todos',
  instances: [copy(true)],
  requestsPerSecond: 10,
  errorsPerSecond: 0,
  p50Ms: 2,
  p99Ms: 9,
  ...given,
});
const picture = (
  services: Service[] = [service()],
  revocation: Partial<SystemPicture['revocation']> = {},
): SystemPicture => ({
  startedAt: '2026-01-31T08:00:00.000Z',
  services,
  revocation: { isConnected: true, lastEventDelayMs: 12, listAgeSeconds: 30, ...revocation },
});

describe('troublesOf', () => {
  it.each([
    ['all is well', picture(), []],
    ['before the first event', picture([service()], { lastEventDelayMs: null }), []],
    ['an error of a person now and then', picture([service({ errorsPerSecond: 0.5 })]), []],
    [
      'one failure of few requests',
      picture([service({ requestsPerSecond: 0.1, errorsPerSecond: 0.1 })]),
      [],
    ],
    [
      'no healthy copy',
      picture([service({ instances: [copy(false), copy(false)] })]),
      [{ kind: 'noHealthyCopy', service: 'todo-service' }],
    ],
    [
      'no copy at all',
      picture([service({ instances: [] })]),
      [{ kind: 'noHealthyCopy', service: 'todo-service' }],
    ],
    [
      'one copy of two',
      picture([service({ instances: [copy(true), copy(false)] })]),
      [{ kind: 'unhealthyCopies', service: 'todo-service', healthy: 1, all: 2 }],
    ],
    [
      'many errors',
      picture([service({ errorsPerSecond: 0.6 })]),
      [{ kind: 'failingRequests', service: 'todo-service' }],
    ],
    [
      'no event stream',
      picture([service()], { isConnected: false }),
      [{ kind: 'revocationApart' }],
    ],
    [
      'a slow event',
      picture([service()], { lastEventDelayMs: 1_001 }),
      [{ kind: 'revocationLate', delayMs: 1_001 }],
    ],
  ])('%s', (_name, given, troubles) => {
    expect(troublesOf(given)).toEqual(troubles);
  });

  it('says first what people notice', () => {
    const down = service({ name: 'auth-service', instances: [copy(false)] });
    const half = service({ instances: [copy(true), copy(false)] });
    const troubles = troublesOf(picture([half, down], { isConnected: false }));
    expect(troubles.map(({ kind }) => kind)).toEqual([
      'noHealthyCopy',
      'unhealthyCopies',
      'revocationApart',
    ]);
    expect(troubles.map(isSevere)).toEqual([true, false, false]);
  });
});

describe('isSystemPicture', () => {
  it('takes what the gateway says, with nothing measured yet', () => {
    const { description: _none, ...quiet } = service({ requestsPerSecond: 0, p50Ms: 0, p99Ms: 0 });
    const given = picture([quiet], { lastEventDelayMs: null, listAgeSeconds: null });
    expect(isSystemPicture(given)).toBe(true);
  });

  it.each([
    ['nothing', undefined],
    ['a problem document', { status: 404, code: 'not_found' }],
    ['no services', { ...picture(), services: undefined }],
    ['a service without copies', picture([{ ...service(), instances: undefined as never }])],
    ['a copy without health', picture([service({ instances: [{ address: 'a' } as never] })])],
    ['a figure that is text', picture([service({ requestsPerSecond: '1' as never })])],
    ['no revocation', { ...picture(), revocation: null }],
  ])('refuses %s', (_name, given) => {
    expect(isSystemPicture(given)).toBe(false);
  });
});

describe('the last minute', () => {
  const at = (time: number, requestsPerSecond: number) => ({ at: time, requestsPerSecond });

  it('adds all services, and forgets what is older', () => {
    const now = 1_000_000;
    const samples = [at(now - HISTORY_MS, 1), at(now - HISTORY_MS + 1, 2)];
    const both = picture([service(), service({ name: 'auth-service', requestsPerSecond: 5 })]);
    expect(withSample(samples, both, now)).toEqual([at(now - HISTORY_MS + 1, 2), at(now, 15)]);
  });

  it('is a line that ends now, as high as its highest', () => {
    const samples = [at(0, 0), at(HISTORY_MS / 2, 20), at(HISTORY_MS, 10)];
    expect(pointsOf(samples, { width: 100, height: 20 })).toBe('0.0,20.0 50.0,0.0 100.0,10.0');
  });

  it('lies on the floor without requests', () => {
    expect(pointsOf([at(0, 0), at(HISTORY_MS, 0)], { width: 100, height: 20 })).toBe(
      '0.0,20.0 100.0,20.0',
    );
  });
});
