import { expect, test } from 'vitest';
import { toView } from '../../src/todos/view.ts';

test.each([
  [{}, {}],
  [
    { show: 'open', sort: 'title', search: 'milk', edit: 7 },
    { show: 'open', sort: 'title', search: 'milk', edit: 7 },
  ],
  // The usual is not said.
  [{ show: 'all', sort: 'newest', search: '', edit: undefined }, {}],
  // The router reads digits as a number.
  [{ search: 2024 }, { search: '2024' }],
  [{ search: '  two words ' }, { search: 'two words' }],
  [{ search: 'x'.repeat(500) }, { search: 'x'.repeat(200) }],
  [{ search: 'a  b c d e f g h i j k l' }, { search: 'a b c d e f g h i j' }],
  [{ show: 'none', sort: ['title'], search: { a: 1 }, edit: -1, more: 1 }, {}],
  [{ edit: 'seven' }, {}],
  [{ edit: 1.5 }, {}],
])('the address %o shows %o', (address, view) => {
  expect(toView(address)).toEqual(view);
});
