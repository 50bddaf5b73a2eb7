import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { strangersInApp } from './app-member.ts';
import { gatewayMembers } from './gateway-members.ts';
import { assertNoConflicts } from './service-conflicts.ts';
import { contradictionsIn, portIn, startMembers } from './start-members.ts';

const routePrefix = z.string().regex(/^(\/[a-z0-9._-]+)+$/i, 'must be a path like /todo');

export const serviceName = z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be like todo-service');
/** RFC 6749 §3.3. */
export const scopeName = z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/);
export const roleName = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/);

const OPERATION = /^(?:GET|PUT|POST|DELETE|PATCH) \/\S*$/;

const members = z.strictObject({
  name: serviceName,
  /** Where it listens; required of a service that is started here. */
  port: z.int().min(1).max(65_535).optional(),
  description: z.string().optional(),
  /** `gateway`: has the public port. `issuer`: signs the tokens and publishes the keys. */
  role: z.enum(['gateway', 'issuer']).optional(),
  /** Who reviews changes to the service, as in CODEOWNERS. */
  owners: z.array(z.string().regex(/^@[\w-]+(\/[\w.-]+)?$/, 'must be like @todo-team')).optional(),
  routes: z.array(routePrefix).default([]),
  audience: z.string().min(1).optional(),
  scopes: z
    .record(scopeName, z.string(), {
      error: ({ code }) =>
        code === 'invalid_key' ? 'must be the name of a scope, like todo:read' : undefined,
    })
    .default({}),
  /** Roles that people may have because of this service: name -> what one who has it may do. */
  roles: z
    .record(roleName, z.string(), {
      error: ({ code }) =>
        code === 'invalid_key' ? 'must be the name of a role, like agent' : undefined,
    })
    .default({}),
  database: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, 'must be like todo')
    .optional(),
  /** What this service may ask for on a person's behalf, by token exchange (RFC 8693). */
  client: z
    .strictObject({
      scopes: z.array(z.string()).min(1),
      /** What it uses of that, as the API documents have it; all that the scopes open if not given. */
      operations: z.array(z.string().regex(OPERATION, 'must be like GET /todo/{id}')).optional(),
      /** Scope of this service -> those of `scopes` that a token with it is exchanged for. */
      exchanges: z.record(scopeName, z.array(z.string()).min(1)).optional(),
    })
    .optional(),
  /** Makes demo data in development, and is safe to run again; its lines are shown after a start. */
  demo: z.string().optional(),
  ...startMembers,
  ...gatewayMembers,
});

const serviceJsonSchema = members
  .superRefine((given, context) => {
    const faults = [...contradictionsIn(given), ...strangersIn(given), ...strangersInApp(given)];
    for (const [member, message] of faults) {
      context.addIssue({ code: 'custom', path: [member], message });
    }
  })
  .transform(({ port, ...given }) => ({ ...given, port: port ?? portIn(given.url as string) }));

/** What `client.exchanges` names that `scopes` or `client.scopes` does not. */
function strangersIn({ scopes, client }: z.output<typeof members>): [string, string][] {
  return Object.entries(client?.exchanges ?? {}).flatMap(([own, others]) => [
    ...(own in scopes ? [] : [own]).map((scope): [string, string] => [
      'client.exchanges',
      `${scope} is none of this service's scopes`,
    ]),
    ...others
      .filter((scope) => !client?.scopes.includes(scope))
      .map((scope): [string, string] => ['client.exchanges', `${scope} is not in client.scopes`]),
  ]);
}

/** The members that there are; docs/service-json.md says what each means. */
export const MEMBERS: readonly string[] = Object.keys(members.shape);

/** What the rest of the system may know of a service: its `service.json`. */
export type ServiceJson = z.output<typeof serviceJsonSchema>;

/** @throws Error with one line that names the file and each member at fault */
export function readServiceJson(path: string): ServiceJson {
  const result = serviceJsonSchema.safeParse(readJson(path));
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path: member, message }) =>
    member.length > 0 ? `${member.join('.')}: ${message}` : message,
  );
  throw new Error(`${path}: ${faults.join('; ')}`);
}

function readJson(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw new Error(`${path}: must be JSON: ${reason}`);
  }
}

/** A service's own file, read from its `src`. */
export const ownServiceJson = (srcDirectory: string): ServiceJson =>
  readServiceJson(join(srcDirectory, '..', 'service.json'));

/**
 * Every service below a directory, by name. A folder without `service.json` is not a service.
 *
 * @throws Error with one line when two claim the same, or one claims what is the platform's
 */
export function readServices(directory: string): ServiceJson[] {
  // A published set is behind a link, which may go to the next set meanwhile.
  const set = realpathSync(directory);
  const services = readdirSync(set)
    .flatMap((entry) => readIfThere(join(set, entry, 'service.json')))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  assertNoConflicts(services);
  return services;
}

function readIfThere(path: string): ServiceJson[] {
  try {
    return [readServiceJson(path)];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}
