import {
  assertNoConflicts,
  ServiceConflict,
} from '@latchkey/service-kit/joining/service-conflicts';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { urlVariableOf } from '@latchkey/service-kit/joining/start-members';
import type { Kind, Wanted } from './arguments.ts';
import { Refused } from './refused.ts';

const FIRST_PORT = 4001;
const MAX_NAME_LENGTH = 40;

/** What the templates are filled in with. */
export interface Plan {
  name: string;
  kind: Kind;
  /** The name without `-service`; also what its scopes begin with. */
  base: string;
  description: string;
  route: string;
  port: number;
  owner: string;
  database: string | undefined;
  mcp: boolean;
  calls: readonly PlannedCall[];
  /** Where an external one runs. */
  url: string | undefined;
}

interface PlannedCall {
  service: string;
  scope: string;
  /** The name of its client in the code. */
  variable: string;
  /** The environment variable that says where it is. */
  urlVariable: string;
  /** What to read there. */
  path: string;
}

/**
 * Where a new service fits in among the others.
 *
 * @throws Refused with one line when its name is taken, reserved, or not a name
 */
export function planService(wanted: Wanted, services: readonly ServiceJson[]): Plan {
  const base = wanted.name.replace(/-service$/, '');
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(base) || base.length > MAX_NAME_LENGTH) {
    throw new Refused(
      `"${wanted.name}" is not a name for a service: use up to ${MAX_NAME_LENGTH} of a-z, 0-9 and -, such as billing`,
    );
  }
  const name = `${base}-service`;
  const existing = services.find((each) => each.name === name);
  const plan = {
    name,
    kind: wanted.kind,
    base,
    description: `What ${name} is for, in one line.`,
    route: `/${base}`,
    port: existing?.port ?? freePort(services),
    owner: `@latchkey/${base}`,
    database: wanted.database ? base.replaceAll('-', '_') : undefined,
    mcp: wanted.mcp,
    calls: wanted.calls.map((call) => planCall(call, services)),
    url: wanted.url,
  };
  try {
    assertNoConflicts([
      ...services.filter((each) => each !== existing),
      { ...claimsOf(plan), roles: {} },
    ]);
  } catch (error) {
    if (!(error instanceof ServiceConflict)) throw error;
    throw new Refused(`${error.conflict}; choose another name`);
  }
  if (existing && !isSame(existing, plan)) {
    throw new Refused(
      `${name} is taken: services/${name} is there already, and not as asked; choose another name`,
    );
  }
  return plan;
}

/** What a plan comes to in its service.json. */
const claimsOf = ({
  name,
  kind,
  base,
  description,
  port,
  route,
  database,
  url,
  ...plan
}: Plan) => ({
  name,
  description,
  port,
  routes: [route],
  audience: name,
  scopes: {
    [`${base}:read`]: '',
    // What keeps nothing has nothing to change.
    ...(kind !== 'ts' || database ? { [`${base}:write`]: '' } : {}),
  },
  database,
  command: kind === 'python' ? ['python3', 'main.py'] : undefined,
  url,
  client: plan.calls.length > 0 ? clientOf(base, plan) : undefined,
});

/** An assistant's token is for this server alone: its scope stands for those of the called services. */
function clientOf(base: string, { calls, mcp }: Pick<Plan, 'calls' | 'mcp'>) {
  const scopes = calls.map(({ scope }) => scope);
  return { scopes, ...(mcp ? { exchanges: { [`${base}:read`]: scopes } } : {}) };
}

/** Whether an earlier run with the same arguments made this service, and its team has not begun. */
function isSame(existing: ServiceJson, plan: Plan): boolean {
  const outline = (claims: ReturnType<typeof claimsOf>) => {
    const { description, routes, scopes, ...rest } = claims;
    const { database, client, command, url } = rest;
    return JSON.stringify([
      description,
      routes,
      Object.keys(scopes),
      database,
      client,
      command,
      url,
    ]);
  };
  return outline(existing as ReturnType<typeof claimsOf>) === outline(claimsOf(plan));
}

function freePort(services: readonly ServiceJson[]): number {
  let port = FIRST_PORT;
  while (services.some((each) => each.port === port)) port += 1;
  return port;
}

function planCall(
  { service, scope }: Wanted['calls'][number],
  services: readonly ServiceJson[],
): PlannedCall {
  const called = services.find(({ name }) => name === service);
  const [path] = called?.routes ?? [];
  const known = Object.keys(called?.scopes ?? {});
  if (!called || path === undefined || !known.includes(scope)) {
    throw new Refused(
      called && path
        ? `--calls ${service}:${scope}: the scopes of ${service} are ${known.join(', ')}`
        : `--calls ${service}:${scope}: no service ${service} has a route`,
    );
  }
  const variable = service.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return { service, scope, variable, urlVariable: urlVariableOf(service), path };
}
