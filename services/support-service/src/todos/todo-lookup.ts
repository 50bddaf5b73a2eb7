import { TokenError, type VerifiedToken, type Verifier } from '@latchkey/jwt-verify';
import {
  type Answer,
  type ServiceClient,
  UpstreamError,
} from '@latchkey/service-kit/calling/service-client';
import type { RequestContext } from '@latchkey/service-kit/http/request-context';
import { text } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';
import { problems } from '../errors.ts';
import type { TokenForTodoService } from './todo-token.ts';

export interface LinkedTodo {
  id: number;
  /** As it was when it was read. */
  title: string;
}

/** On whose behalf, and as a part of which request. */
export interface Asker {
  auth: VerifiedToken;
  context: RequestContext;
}

export type FindTodo = (asker: Asker, id: number) => Promise<LinkedTodo | undefined>;

interface Dependencies {
  todoService: ServiceClient;
  tokenForTodoService: TokenForTodoService;
  challenge: Verifier['challenge'];
}

/** What is needed of todo-service's answer; anything else in it may change. */
const todoSchema = z.object({ title: text({ max: 1_000 }) });

const RETRY_SOON = { 'Retry-After': '2' };

/**
 * Reads one of a person's todos from todo-service; undefined when they have none with this id.
 *
 * Throws the problem `todo_service_unavailable` when todo-service does not answer, or not in its
 * own terms, and the TokenError `scope_insufficient` when the token does not open it.
 */
export function todoLookup(dependencies: Dependencies): FindTodo {
  const { todoService, tokenForTodoService, challenge } = dependencies;

  const ask = async ({ auth, context }: Asker, id: number): Promise<Answer> => {
    try {
      const token = await tokenForTodoService(auth, context);
      return await todoService.call(`/todo/${id}`, { token, context });
    } catch (cause) {
      if (!(cause instanceof UpstreamError)) throw cause;
      throw problems.todo_service_unavailable({ headers: RETRY_SOON, cause });
    }
  };

  return async (asker, id) => {
    const { status, body } = await ask(asker, id);
    if (status === 404) return undefined;
    if (status === 401 || status === 403) {
      throw new TokenError('scope_insufficient', { challenge, scope: 'todo:read' });
    }
    const todo = todoSchema.safeParse(body);
    if (status !== 200 || !todo.success) {
      const cause = new Error(`todo-service: unexpected answer, status ${status}`);
      throw problems.todo_service_unavailable({ headers: RETRY_SOON, cause });
    }
    return { id, title: todo.data.title };
  };
}
