import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { IMPORT_FORMATS, type ImportFormat, readImportLines } from '../import/import-lines.ts';
import { importPeople } from '../import/import-operations.ts';
import { ImportFileError } from '../import/import-text.ts';
import { readCatalog, readNamesOfServices } from './operations.ts';
import { withStore } from './store.ts';

interface ImportOptions {
  format?: ImportFormat;
  dryRun: boolean;
}

/** `users import` */
export function addImportCommand(users: Command): void {
  users
    .command('import')
    .description('Import people with the password hashes that they have')
    .argument('<file>', 'CSV with a header, or one JSON object a line; - for standard input')
    .addOption(
      new Option('--format <format>', 'when the name of the file does not say it').choices(
        IMPORT_FORMATS,
      ),
    )
    .option('--dry-run', 'only say what would be done', false)
    .action(runImport);
}

async function runImport(file: string, { format, dryRun }: ImportOptions): Promise<void> {
  const chosen = format ?? formatOf(file);
  const onRefused = (line: number, reason: string) =>
    process.stderr.write(`line ${line}: ${reason}\n`);
  const report = await withStore(async (store) => {
    if (!dryRun) await readNamesOfServices(store);
    const { roles } = (await readCatalog(store))();
    const input = file === '-' ? process.stdin : createReadStream(file);
    return importPeople(store, readImportLines(input, chosen), { dryRun, roles, onRefused });
  });
  const { imported, alreadyThere, refused } = report;
  if (imported + alreadyThere + refused === 0) {
    throw new ImportFileError(
      'There is nobody in the file: no line after the first, or none at all.',
    );
  }
  const did = dryRun ? 'would be imported' : 'imported';
  process.stdout.write(`${imported} ${did}, ${alreadyThere} already there, ${refused} refused\n`);
  if (refused > 0) process.exitCode = 1;
}

function formatOf(file: string): ImportFormat {
  const extension = extname(file).toLowerCase();
  if (extension === '.csv') return 'csv';
  if (['.jsonl', '.ndjson', '.json'].includes(extension)) return 'jsonl';
  throw new ImportFileError('Say what the file is: --format csv or --format jsonl.');
}
