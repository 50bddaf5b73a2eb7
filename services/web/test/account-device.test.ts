import { expect, test } from 'vitest';
import { deviceOf } from '../src/account/device.ts';

const MOZILLA = 'Mozilla/5.0';

test.each([
  [
    `${MOZILLA} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1`,
    { browser: 'Safari', system: 'iOS', kind: 'mobile' },
  ],
  [
    `${MOZILLA} (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0`,
    { browser: 'Firefox', system: 'Windows', kind: 'desktop' },
  ],
  ['curl/7.88.1', { kind: 'program', text: 'curl/7.88.1' }],
  ['Television in the living room', { kind: 'program', text: 'Television in the living room' }],
  ['', { kind: 'program', text: undefined }],
  [null, { kind: 'program', text: undefined }],
] as const)('%s', (userAgent, device) => {
  expect(deviceOf(userAgent)).toMatchObject(device);
});
