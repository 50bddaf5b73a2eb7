import type { ServerResponse } from 'node:http';
import type { VerifiedToken } from '@latchkey/jwt-verify';
import type { Guard, TokenGuard } from '@latchkey/jwt-verify/express';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Person } from './person.ts';
import type { Problem } from './problems.ts';
import type { RequestContext } from './request-context.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Schemas of what comes in. A `form` is `application/x-www-form-urlencoded`, as RFC 6749 has it. */
export interface RequestSchemas {
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  form?: z.ZodType;
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

export type RouteInput<S extends RequestSchemas, G extends Guard = Guard> = {
  params: Parsed<S['params']>;
  query: Parsed<S['query']>;
  body: S extends { form: z.ZodType } ? Parsed<S['form']> : Parsed<S['body']>;
  context: RequestContext;
  req: Request;
} & (G extends TokenGuard ? TokenInput : unknown);

/** What a handler is given behind `requireToken` only. */
interface TokenInput {
  auth: VerifiedToken;
  /** Reading it refuses a token that speaks for a service: the problem `person_required`. */
  readonly person: Person;
}

export interface Reply {
  status: number;
  /** JSON, or text and bytes when a `Content-Type` header says so; none for 204. */
  body?: unknown;
  /** Instead of a body: writes it when it likes, its head sent. Ended when the service drains. */
  stream?: (res: ServerResponse) => void;
  /** Several values: one header line each. */
  headers?: Record<string, string | string[]>;
}

export interface ResponseSpec {
  description: string;
  schema?: z.ZodType;
  contentType?: string;
}

export interface Route<S extends RequestSchemas = RequestSchemas, G extends Guard = Guard> {
  method: Method;
  /** As Express writes it: `/todo/:id`. */
  path: string;
  /** Who may call: `requireToken(…)`, or an explicit `publicRoute`. There is no default. */
  guard: G;
  summary: string;
  description?: string;
  request?: S;
  responses: Record<number, ResponseSpec>;
  /** Left out of the API document, as a health route is. */
  hidden?: boolean;
  /** A `Response` is passed on as it comes, for answers that are streamed. */
  handle(input: RouteInput<S, G>): Promise<Reply | Response> | Reply | Response;
  /** Translates every error of the route, body parsing included, to the format of a protocol. */
  mapProblem?(problem: Problem, req: Request): Problem;
}

/** Declares one route; the schemas type the handler's input and write the API document. */
export function route<
  const S extends RequestSchemas = Record<never, never>,
  G extends Guard = Guard,
>(definition: Route<S, G>): Route {
  return definition as unknown as Route;
}

export const ok = (body: unknown, headers?: Record<string, string>): Reply =>
  headers ? { status: 200, body, headers } : { status: 200, body };

export const created = (body: unknown, location: string): Reply => ({
  status: 201,
  body,
  headers: { Location: location },
});

/** A row made in the collection at `path`: `/todo` and the row's id are its address. */
export const createdIn = (path: string, row: { id: unknown }): Reply =>
  created(row, `${path}/${row.id}`);

export const noContent: Reply = { status: 204 };
