import { z } from 'zod';

/** Where a service says that it is ready, unless its `service.json` names another path. */
export const READY_PATH = '/readyz';

const program = z
  .array(z.string().min(1))
  .min(1, 'must name a program, like ["python3", "main.py"]');
const isOrigin = (text: string) =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
const isInside = (path: string) => !path.startsWith('/') && !path.split('/').includes('..');

/** How a service runs that is no Node service of this workspace, in its `service.json`. */
export const startMembers = {
  /** The program and its arguments, run in the service's folder instead of `node src/main.ts`. */
  command: program.optional(),
  /** Answers 200 when the service is ready. */
  ready: z
    .string()
    .regex(/^\/[^\s?#]*$/, `must be a path like ${READY_PATH}`)
    .optional(),
  /** Run to its end before the service starts, instead of applying prisma/<database>/migrations. */
  migrate: program.optional(),
  /** A Dockerfile in the service's folder, built there, instead of the common one. */
  dockerfile: z
    .string()
    .min(1)
    .refine(isInside, 'must be a path in the service’s folder')
    .optional(),
  /** Where it runs already: requests are forwarded there, and nothing is started. */
  url: z
    .string()
    .refine(isOrigin, 'must be an origin like https://orders.example.com, without a path')
    .optional(),
};

/** What a service that runs elsewhere cannot have. */
const HERE_ONLY = [
  'port',
  'command',
  'migrate',
  'dockerfile',
  'database',
  'demo',
  'client',
  'role',
];

interface Members extends z.output<z.ZodObject<typeof startMembers>> {
  port?: number | undefined;
  database?: string | undefined;
  demo?: string | undefined;
}

/** The members that contradict each other, by name, and why. */
export function contradictionsIn(members: Members): [member: string, problem: string][] {
  const { url, port, command, migrate, dockerfile, database, demo } = members;
  if (url !== undefined) {
    return HERE_ONLY.filter((member) => member in members).map((member) => [
      member,
      'remove it: url says that the service runs elsewhere',
    ]);
  }
  const found: [string, string][] = [];
  if (port === undefined) found.push(['port', 'must be a number from 1 to 65535']);
  if (dockerfile && database && !migrate) {
    found.push([
      'migrate',
      'is needed: only the common image applies prisma/<database>/migrations',
    ]);
  }
  if (migrate && !database) found.push(['migrate', 'needs a database']);
  if (demo && command) found.push(['demo', 'remove it: only Node services have demo scripts']);
  return found;
}

/** The port in an origin, written or usual. */
export const portIn = (url: string): number =>
  Number(new URL(url).port || (url.startsWith('https:') ? 443 : 80));

/** Whether it is a Node service of this workspace: neither with a `command` nor running elsewhere. */
export const isOfWorkspace = ({ command, url }: Pick<Members, 'command' | 'url'>): boolean =>
  !command && !url;

/** What the variables about a service begin with: `TODO_SERVICE` for `todo-service`. */
export const variablePrefixOf = (name: string): string => name.toUpperCase().replaceAll('-', '_');

/** The variable that holds a service's address: `TODO_SERVICE_URL` for `todo-service`. */
export const urlVariableOf = (name: string): string => `${variablePrefixOf(name)}_URL`;
