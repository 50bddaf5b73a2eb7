import type { VerifiedToken } from '@latchkey/jwt-verify';
import type { Request } from 'express';
import type { z } from 'zod';
import type { Guard } from './guard.ts';
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

export interface RouteInput<S extends RequestSchemas> {
  params: Parsed<S['params']>;
  query: Parsed<S['query']>;
  body: S extends { form: z.ZodType } ? Parsed<S['form']> : Parsed<S['body']>;
  /** Who asks. Only behind `requireToken`; reading it on a public route throws. */
  auth: VerifiedToken;
  context: RequestContext;
  req: Request;
}

export interface Reply {
  status: number;
  /** JSON, or text when a `Content-Type` header says so; none for 204. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface ResponseSpec {
  description: string;
  schema?: z.ZodType;
  contentType?: string;
}

export interface Route<S extends RequestSchemas = RequestSchemas> {
  method: Method;
  /** As Express writes it: `/todo/:id`. */
  path: string;
  /** Who may call: `requireToken(…)`, or an explicit `publicRoute`. There is no default. */
  guard: Guard;
  summary: string;
  description?: string;
  request?: S;
  responses: Record<number, ResponseSpec>;
  /** Left out of the API document, as a health route is. */
  hidden?: boolean;
  handle(input: RouteInput<S>): Promise<Reply> | Reply;
  /** Translates every error of the route, body parsing included, to the format of a protocol. */
  mapProblem?(problem: Problem): Problem;
}

/** Declares one route; the schemas type the handler's input and write the API document. */
export function route<const S extends RequestSchemas = Record<never, never>>(
  definition: Route<S>,
): Route {
  return definition as unknown as Route;
}

export const ok = (body: unknown, headers?: Record<string, string>): Reply =>
  headers ? { status: 200, body, headers } : { status: 200, body };

export const created = (body: unknown, location: string): Reply => ({
  status: 201,
  body,
  headers: { Location: location },
});

export const noContent: Reply = { status: 204 };
