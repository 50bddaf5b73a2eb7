import type { Page } from '@latchkey/service-kit/http/list-route';
import { exactText, instant, rowId, text } from '@latchkey/service-kit/http/schemas';
import { z } from 'zod';

const title = text({ min: 1, max: 200 }).meta({ example: 'Buy milk' });
const description = text({ max: 4_000 });
const priority = z.int().min(1).max(5).meta({ description: '1 is low, 5 is high.' });
const done = z.boolean();

/** Each is looked for in every todo of the person. */
const MAX_SEARCH_WORDS = 10;

export const todoSchema = z
  .object({
    id: z.int(),
    title,
    description,
    priority,
    done,
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Todo' });

/** A whole todo, for creating and replacing: what is left out takes its default. */
export const todoBody = z.object({
  title,
  description: description.default(''),
  priority: priority.default(3),
  done: done.default(false),
});

export const todoPatch = z
  .object({ title, description, priority, done })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, {
    message: 'give at least one of title, description, priority, done',
  });

export const todoFilters = z.object({
  done: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: 'Only the done, or only the open ones.' }),
  search: text({ min: 1, max: 200 })
    .transform((words) => [...new Set(words.split(/\s+/))])
    .refine((words) => words.length <= MAX_SEARCH_WORDS, {
      message: `must be at most ${MAX_SEARCH_WORDS} words`,
    })
    .optional()
    .meta({
      description: `Only those with all of these words, or parts of words, in title or description, in any case. At most ${MAX_SEARCH_WORDS}.`,
      example: 'milk bread',
    }),
});

/** What todos can be sorted by beside their id, as a cursor holds it. */
export const todoSort = {
  priority: z.int32(),
  title: exactText({ max: 200 }),
  createdAt: instant,
};

export const todoParams = z.object({ id: rowId });

export type TodoBody = z.output<typeof todoBody>;
export type TodoPatch = z.output<typeof todoPatch>;
export type TodoFilters = z.output<typeof todoFilters>;
export type TodoPage = Page<'id' | keyof typeof todoSort, string | number | Date>;
