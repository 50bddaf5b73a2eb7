import { describe, expect, test } from 'vitest';
import { type TodosData, toRows, withFirst, without, withReplaced } from '../../src/todos/rows.ts';
import type { Todo } from '../../src/todos/todos-query.ts';

const todo = (id: number, more: Partial<Todo> = {}): Todo => ({
  id,
  title: `todo ${id}`,
  description: '',
  priority: 3,
  done: false,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
const data: TodosData = {
  pages: [
    { todos: [todo(4), todo(3)], next: 'more' },
    { todos: [todo(2)], next: undefined },
  ],
  pageParams: ['', 'more'],
};
const idsOf = ({ pages }: TodosData) => pages.map(({ todos }) => todos.map(({ id }) => id));

describe('the rows', () => {
  test('are those of all pages, once each', () => {
    const pages = [...data.pages, { todos: [todo(3), todo(1)], next: undefined }];
    expect(toRows(pages, [], new Set()).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  });

  test('show changes that are under way, the last one on top', () => {
    const changes = [
      { id: 3, patch: { done: true } },
      { id: 3, patch: { title: 'new' } },
      { id: 3, patch: { done: false } },
      { id: 99, patch: { done: true } },
    ];
    const rows = toRows(data.pages, changes, new Set());
    expect(rows).toEqual([todo(4), todo(3, { title: 'new' }), todo(2)]);
  });

  test('leave out what is being deleted', () => {
    expect(toRows(data.pages, [{ id: 4, patch: { done: true } }], new Set([4]))).toEqual([
      todo(3),
      todo(2),
    ]);
  });
});

test('an answer replaces the row wherever it is', () => {
  const changed = withReplaced(data, todo(2, { done: true }));
  expect(changed.pages[1]?.todos).toEqual([todo(2, { done: true })]);
  expect(changed.pages[0]).toEqual(data.pages[0]);
});

test('a deleted row is on no page', () => {
  expect(idsOf(without(data, 3))).toEqual([[4], [2]]);
});

test('a new row is the first, and once only', () => {
  expect(idsOf(withFirst(data, todo(5)))).toEqual([[5, 4, 3], [2]]);
  expect(idsOf(withFirst(data, todo(2)))).toEqual([[2, 4, 3], []]);
});
