import type { todos as en } from '../en/todos.ts';
import type { Translated } from '../translated.ts';

export const todos: Translated<typeof en> = {
  title: '待办',
};
