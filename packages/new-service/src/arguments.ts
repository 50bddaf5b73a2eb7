import { parseArgs } from 'node:util';
import { Refused } from './refused.ts';

const USAGE =
  'Usage: npx -y pnpm@12 new-service <name> [--database] [--calls <service>:<scope>]…, such as: new-service billing --database --calls todo-service:todo:read';

export interface Wanted {
  /** As given: `billing` or `billing-service`. */
  name: string;
  database: boolean;
  calls: readonly { service: string; scope: string }[];
}

/** @throws Refused with one line */
export function parseWanted(words: readonly string[]): Wanted {
  const { values, positionals } = parse(words);
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new Refused(USAGE);
  const calls = (values.calls ?? []).map((text) => {
    const colon = text.indexOf(':');
    if (colon < 1) throw new Refused(`--calls ${text}: must be like todo-service:todo:read`);
    return { service: text.slice(0, colon), scope: text.slice(colon + 1) };
  });
  return { name, database: values.database ?? false, calls };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { database: { type: 'boolean' }, calls: { type: 'string', multiple: true } },
    });
  } catch (error) {
    throw new Refused(`${(error as Error).message.split('. ')[0]}. ${USAGE}`);
  }
}
