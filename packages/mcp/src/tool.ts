import type { VerifiedToken } from '@latchkey/jwt-verify';
import { type Person, personOf } from '@latchkey/service-kit/http/person';
import type { RequestContext } from '@latchkey/service-kit/http/request-context';
import type { z } from 'zod';

/** On whose behalf a tool runs; it is also what a called service is asked with. */
export interface ToolCaller {
  auth: VerifiedToken;
  context: RequestContext;
  /** Reading it refuses a token that speaks for a service. */
  readonly person: Person;
  /** Says how far it is, to a client that asked for that. */
  progress(done: number, total?: number): Promise<void>;
}

export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  name: string;
  /** What a model is told that it does. */
  description: string;
  /** What the token must allow, before the tool runs; all of them where there are several. */
  scope: string | readonly string[];
  input: Input;
  /** The result, sent as JSON. */
  run(caller: ToolCaller, input: z.output<Input>): Promise<unknown> | unknown;
}

/** Declares one tool; its schema types what `run` is given. */
export const tool = <Input extends z.ZodObject>(definition: Tool<Input>): Tool =>
  definition as unknown as Tool;

export const callerOf = (
  { auth, context }: Pick<ToolCaller, 'auth' | 'context'>,
  progress: ToolCaller['progress'],
): ToolCaller => ({
  auth,
  context,
  progress,
  get person() {
    return personOf(auth);
  },
});
