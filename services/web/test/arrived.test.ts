import { expect, test } from 'vitest';
import { arrivedKeys } from '../src/api/arrived.ts';

const outgoing = (key: string, text: string, writtenAt = '2026-01-01T10:00:00.000Z') => ({
  key,
  text,
  writtenAt,
});
const stored = (text: string, createdAt = '2026-01-01T10:00:01.000Z') => ({ text, createdAt });

test('what the service has arrived', () => {
  expect(arrivedKeys([outgoing('a', 'Hi'), outgoing('b', 'Bye')], [stored('Hi')])).toEqual(['a']);
});

test.each([
  ['a clock a minute behind', '2026-01-01T09:59:00.000Z', ['a']],
  ['long before it was written', '2026-01-01T09:58:59.999Z', []],
])('%s', (_, createdAt, keys) => {
  expect(arrivedKeys([outgoing('a', 'Hi')], [stored('Hi', createdAt)])).toEqual(keys);
});

test('one entry stands for one that was sent', () => {
  const twice = [outgoing('a', 'Hi'), outgoing('b', 'Hi')];
  expect(arrivedKeys(twice, [stored('Hi')])).toEqual(['a']);
  expect(arrivedKeys(twice, [stored('Hi'), stored('Hi')])).toEqual(['a', 'b']);
});
