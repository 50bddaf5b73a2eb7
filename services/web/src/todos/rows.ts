import type { InfiniteData } from '@tanstack/react-query';
import type { Todo, TodosPage } from './todos-query.ts';

/** What of a todo a person writes. */
export type TodoFields = Pick<Todo, 'title' | 'description' | 'priority'>;

export interface Change {
  id: number;
  patch: Partial<TodoFields & Pick<Todo, 'done'>>;
}

export type TodosData = InfiniteData<TodosPage, string>;

/** The todos as they will be when all that is under way has gone well. */
export function toRows(
  pages: readonly TodosPage[],
  changes: readonly Change[],
  deletedIds: ReadonlySet<number>,
): Todo[] {
  // A row that moved between the readings of two pages is on both.
  const rows = new Map<number, Todo>();
  for (const todo of pages.flatMap(({ todos }) => todos)) {
    if (!deletedIds.has(todo.id)) rows.set(todo.id, todo);
  }
  for (const { id, patch } of changes) {
    const row = rows.get(id);
    if (row) rows.set(id, { ...row, ...patch });
  }
  return [...rows.values()];
}

const withTodos = (data: TodosData, change: (todos: readonly Todo[]) => readonly Todo[]) => ({
  ...data,
  pages: data.pages.map((page) => ({ ...page, todos: change(page.todos) })),
});

export const withReplaced = (data: TodosData, todo: Todo): TodosData =>
  withTodos(data, (todos) => todos.map((each) => (each.id === todo.id ? todo : each)));

export const without = (data: TodosData, id: number): TodosData =>
  withTodos(data, (todos) => todos.filter((each) => each.id !== id));

export function withFirst(data: TodosData, todo: Todo): TodosData {
  const [first, ...rest] = without(data, todo.id).pages;
  if (!first) return data;
  return { ...data, pages: [{ ...first, todos: [todo, ...first.todos] }, ...rest] };
}
