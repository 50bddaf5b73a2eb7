import { parse } from 'content-type';
import express, { type Request, type RequestHandler } from 'express';
import type { z } from 'zod';
import { type FieldError, problems } from './problems.ts';
import type { RequestSchemas } from './route.ts';

const JSON_LIMIT_BYTES = 64 * 1024;
const FORM_LIMIT_BYTES = 16 * 1024;
const FORM_FIELDS = 32;
const MAX_DEPTH = 16;
/** In one body of JSON, members and items together: checking each against a schema costs time. */
const MAX_VALUES = 1_000;
/** What an answer says at most of what is wrong. */
const MAX_ERRORS = 20;
const MAX_DETAIL_LENGTH = 300;

const readJson = express.json({
  limit: JSON_LIMIT_BYTES,
  inflate: false,
  strict: false,
  type: () => true,
});
const readForm = express.urlencoded({
  limit: FORM_LIMIT_BYTES,
  parameterLimit: FORM_FIELDS,
  inflate: false,
  extended: false,
  type: () => true,
});

/** The body parser of a route: JSON in UTF-8 or a form, whatever the route declares, nothing else. */
export function bodyReaders(schemas: RequestSchemas | undefined): RequestHandler[] {
  if (schemas?.form) {
    return [onlyContentType('application/x-www-form-urlencoded'), refuseEncodings, readForm];
  }
  if (schemas?.body) return [onlyContentType('application/json'), refuseEncodings, readJson];
  return [];
}

/** Names the encoding, and in `Accept-Encoding` what is taken instead (RFC 9110 §15.5.16, RFC 7694). */
const refuseEncodings: RequestHandler = (req, _res, next) => {
  const given = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (given !== 'identity') {
    const named = /^[\w.-]{1,20}(?:, ?[\w.-]{1,20}){0,3}$/.test(given) ? given : 'unknown';
    throw problems.unsupported_encoding({
      detail: `The body must be sent uncompressed, without the Content-Encoding ${named}.`,
      headers: { 'Accept-Encoding': 'identity' },
    });
  }
  next();
};

function onlyContentType(expected: string): RequestHandler {
  return (req, _res, next) => {
    const { type, parameters } = parse(req.headers['content-type'] ?? '');
    const { charset = 'utf-8' } = parameters;
    if (type.toLowerCase() !== expected || !/^utf-?8$/i.test(charset)) {
      throw problems.unsupported_media_type({ detail: `The body must be ${expected} in UTF-8.` });
    }
    next();
  };
}

/**
 * Checks everything that came in against the route's schemas.
 *
 * @throws Problem `invalid_request` that names each field at fault
 */
export function parseRequest(schemas: RequestSchemas | undefined, req: Request) {
  const errors: FieldError[] = [];
  const check = (where: FieldError['in'], schema: z.ZodType | undefined, value: unknown) => {
    if (!schema) return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    for (const { path, message } of result.error.issues) {
      errors.push({ in: where, field: path.join('.'), detail: shortened(message) });
    }
    return undefined;
  };
  const body = req.body as unknown;
  if (schemas?.body) assertBounded(body);
  const parsed = {
    params: check('path', schemas?.params, req.params),
    query: check('query', schemas?.query, req.query),
    body: check('body', schemas?.form ?? schemas?.body, body),
  };
  if (errors.length > 0) {
    const first = errors[0] as FieldError;
    const detail = first.field ? `${first.field}: ${first.detail}` : first.detail;
    throw problems.invalid_request({ detail, errors: errors.slice(0, MAX_ERRORS) });
  }
  return parsed;
}

/** Messages may name members that came in. */
const shortened = (message: string): string =>
  message.length > MAX_DETAIL_LENGTH ? `${message.slice(0, MAX_DETAIL_LENGTH)}…` : message;

/** @throws Problem `invalid_request` for JSON that is nested too deep or has too many values */
function assertBounded(body: unknown): void {
  let level = [body];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      const inner: unknown[] = Array.isArray(value) ? value : Object.values(value);
      values += inner.length;
      if (values > MAX_VALUES) throw tooMuch(`has more than ${MAX_VALUES} values`);
      next.push(...inner);
    }
    if (next.length > 0 && depth === MAX_DEPTH) {
      throw tooMuch(`is nested deeper than ${MAX_DEPTH} levels`);
    }
    level = next;
  }
}

const tooMuch = (what: string) => problems.invalid_request({ detail: `The body ${what}.` });
