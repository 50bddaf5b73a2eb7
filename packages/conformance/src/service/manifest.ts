import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SetupError } from './setup-error.ts';

// RFC 6749 §3.3: scope-token
const scopeName = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, 'must be a scope like todo:read');
const routePrefix = z.string().regex(/^(\/[a-z0-9._-]+)+$/i, 'must be a path like /todo');

/** What a `service.json` must hold; members beside these are for other readers. */
const manifestSchema = z.looseObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be like todo-service'),
  port: z.int().min(1).max(65_535),
  routes: z.array(routePrefix).min(1, 'must have at least one path like /todo'),
  audience: z.string().min(1).optional(),
  scopes: z.record(scopeName, z.string().min(1, 'must say what the scope allows')).default({}),
});

export interface Manifest {
  readonly name: string;
  readonly audience: string;
  readonly routes: readonly string[];
  readonly scopes: readonly string[];
  /** What is wrong with it, one line for each member. */
  readonly faults: readonly string[];
}

/** @throws SetupError when the file is no JSON object, so that nothing in it can be judged */
export const readManifest = (path: string): Manifest => {
  const given = readObject(path);
  const { error } = manifestSchema.safeParse(given);
  // Each for itself: a fault of one member hides no other.
  const { routes, scopes } = manifestSchema.shape;
  const faults = (error?.issues ?? []).map(
    ({ path: member, message }) => `${member.join('.')}: ${message}`,
  );
  const name = typeof given.name === 'string' ? given.name : '';
  const audience = typeof given.audience === 'string' ? given.audience : name;
  return {
    name,
    audience,
    routes: routes.safeParse(given.routes).data ?? [],
    scopes: Object.keys(scopes.safeParse(given.scopes).data ?? {}),
    faults,
  };
};

const readObject = (path: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SetupError(`cannot read ${path}: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SetupError(`${path} must hold a JSON object`);
  }
  return value as Record<string, unknown>;
};
