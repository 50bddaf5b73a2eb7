import type { Asker, CalledService } from '@latchkey/service-kit/calling/called-service';
import { text } from '@latchkey/service-kit/http/schemas';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import { z } from 'zod';
import { problems } from '../errors.ts';

export interface LinkedTodo {
  id: number;
  /** As it was when it was read. */
  title: string;
}

export type FindTodo = (asker: Asker, id: number) => Promise<LinkedTodo | undefined>;

/** What is needed of todo-service's answer; anything else in it may change. */
const todoSchema = z.object({ title: text({ max: 1_000 }) });

/**
 * Reads one of a person's todos from todo-service; undefined when they have none with this id.
 *
 * Throws the problem `todo_service_unavailable` when todo-service does not answer, or not in its
 * own terms, and the TokenError `scope_insufficient` when the token does not open it.
 */
export const todoLookup =
  (todoService: CalledService): FindTodo =>
  async (asker, id) => {
    try {
      const todo = await todoService.get(asker, `/todo/${id}`, todoSchema);
      return todo && { id, title: todo.title };
    } catch (cause) {
      if (!(cause instanceof UpstreamError)) throw cause;
      throw problems.todo_service_unavailable({ headers: { 'Retry-After': '2' }, cause });
    }
  };
