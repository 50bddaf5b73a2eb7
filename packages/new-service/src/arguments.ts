import { parseArgs } from 'node:util';
import { startMembers } from '@latchkey/service-kit/joining/start-members';
import { Refused } from './refused.ts';

const USAGE =
  'Usage: npx -y pnpm@12 new-service <name> [--database] [--calls <service>:<scope>]… [--mcp] | --language python | --external <url>, such as: new-service billing --database --calls todo-service:todo:read';

/** `external`: it runs elsewhere, and is no more than a `service.json` here. */
export type Kind = 'ts' | 'python' | 'external';

export interface Wanted {
  /** As given: `billing` or `billing-service`. */
  name: string;
  kind: Kind;
  database: boolean;
  /** Whether it is an MCP server. */
  mcp: boolean;
  calls: readonly { service: string; scope: string }[];
  /** Where an external one runs. */
  url: string | undefined;
}

/** @throws Refused with one line */
export function parseWanted(words: readonly string[]): Wanted {
  const { values, positionals } = parse(words);
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new Refused(USAGE);
  const { database = false, mcp = false, external: url, language = 'ts' } = values;
  if (language !== 'ts' && language !== 'python') {
    throw new Refused(`--language ${language}: must be ts or python`);
  }
  assertSense(values, url, language);
  const kind = url === undefined ? language : 'external';
  return { name, kind, database, mcp, calls: (values.calls ?? []).map(parseCall), url };
}

type Values = ReturnType<typeof parse>['values'];

function assertSense(values: Values, url: string | undefined, language: 'ts' | 'python'): void {
  const given = (...names: (keyof Values)[]) => names.find((name) => values[name] !== undefined);
  if (url !== undefined) {
    const extra = given('language', 'database', 'calls', 'mcp');
    if (extra) throw new Refused(`--external runs elsewhere: leave out --${extra}`);
    const { error } = startMembers.url.safeParse(url);
    if (error) throw new Refused(`--external ${url}: ${error.issues[0]?.message}`);
  }
  const extra = language === 'python' ? given('database', 'calls', 'mcp') : undefined;
  if (extra) throw new Refused(`--${extra} is written in TypeScript: leave out --language python`);
}

function parseCall(text: string) {
  const colon = text.indexOf(':');
  if (colon < 1) throw new Refused(`--calls ${text}: must be like todo-service:todo:read`);
  return { service: text.slice(0, colon), scope: text.slice(colon + 1) };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        database: { type: 'boolean' },
        calls: { type: 'string', multiple: true },
        mcp: { type: 'boolean' },
        language: { type: 'string' },
        external: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Refused(`${(error as Error).message.split('. ')[0]}. ${USAGE}`);
  }
}
