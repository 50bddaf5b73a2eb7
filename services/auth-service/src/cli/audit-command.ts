import type { Command } from 'commander';
import { auditFilters, toEventAnswer } from '../audit/audit-schemas.ts';
import { firstRows } from './operations.ts';
import { jsonOption, note, type OutputOptions, printRows } from './output.ts';
import { parse, rowCount } from './parse.ts';

interface AuditOptions extends OutputOptions {
  type?: string;
  actor?: string;
  subject?: string;
  client?: string;
  since?: string;
  until?: string;
  limit: number;
}

const COLUMNS = ['at', 'type', 'actor', 'subject', 'client_id', 'address', 'requestId', 'details'];

/** `audit` */
export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description('Read the audit record, the newest first')
    .option('--type <type>', 'login.failed, or all that begin alike: login.')
    .option('--actor <name>', 'who did it')
    .option('--subject <name>', 'whom or what it was done to')
    .option('--client <id>', 'which client it came through')
    .option('--since <time>', 'from then on, as in 2026-01-31T08:00:00Z')
    .option('--until <time>', 'before then')
    .option('--limit <rows>', 'at most so many', rowCount, 50)
    .option(...jsonOption)
    .action(read);
}

async function read({ client, limit, json, ...rest }: AuditOptions): Promise<void> {
  const given = parse(auditFilters, {
    ...rest,
    ...(client === undefined ? {} : { client_id: client }),
  });
  const { type, actor, subject, client_id: clientId, since, until } = given;
  const filters = { type, actor, subject, clientId, since, until };
  const { rows, isMore } = await firstRows(limit, ({ audit }, page) => audit.list(filters, page));
  printRows(rows.map(toEventAnswer), COLUMNS, json ? { json } : {});
  if (isMore) note(`there are more: use --until ${lastAt(rows)}, or a higher --limit`);
}

const lastAt = (events: { at: Date }[]) => events.at(-1)?.at.toISOString();
