import { tool } from '@latchkey/mcp/tool';
import type { CalledService } from '@latchkey/service-kit/calling/called-service';
import { z } from 'zod';

/** todo-service, asked with a token that this person's was exchanged for: one by scope. */
interface TodoService {
  reading: CalledService;
  writing: CalledService;
}

/** What is needed of todo-service's answers. */
const todo = z.object({ id: z.int(), title: z.string(), done: z.boolean() });

export const todoTools = ({ reading, writing }: TodoService) => [
  tool({
    name: 'list-todos',
    description: 'Lists the open todos of the person on whose behalf you ask.',
    scope: 'mcp:read',
    input: z.object({}),
    run: (caller) => reading.get(caller, '/todo?done=false&limit=100', z.array(todo)),
  }),
  tool({
    name: 'add-todos',
    description: 'Adds todos, one for each title, and says how far it is.',
    scope: 'mcp:write',
    input: z.object({ titles: z.array(z.string().trim().min(1).max(200)).min(1).max(20) }),
    async run(caller, { titles }) {
      const added: unknown[] = [];
      for (const title of titles) {
        added.push(await writing.post(caller, '/todo', { title }, todo));
        await caller.progress(added.length, titles.length);
      }
      return added;
    },
  }),
];
