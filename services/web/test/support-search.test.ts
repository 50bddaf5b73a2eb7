import { describe, expect, test } from 'vitest';
import { readSupportSearch, withoutForm } from '../src/support/support-search.ts';

describe('readSupportSearch', () => {
  test.each<[given: Record<string, unknown>, read: object]>([
    [{ new: true }, { new: true }],
    [{ todo: 7 }, { todo: 7 }],
    [{ todo: '7' }, { todo: 7 }],
    [
      { status: 'all', owner: 'mia' },
      { status: 'all', owner: 'mia' },
    ],
    // A username of digits alone is read as a number.
    [{ owner: 42 }, { owner: '42' }],
    [{ status: 'open' }, {}],
    [{ status: 'lost', owner: ' ', other: 1 }, {}],
    [{ owner: ['mia'] }, {}],
    [{ todo: 0 }, {}],
    [{ todo: 1.5 }, {}],
    [{ todo: 2 ** 31 }, {}],
    [{ todo: 'seven' }, {}],
  ])('%j is %j', (given, expected) => {
    expect(readSupportSearch(given)).toEqual(expected);
  });
});

test('without the form, the list stays as it is', () => {
  const list = { status: 'closed', owner: 'mia' } as const;
  expect(withoutForm({ ...list, new: true, todo: 7 })).toEqual(list);
  expect(withoutForm({ new: true })).toEqual({});
});
