import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { IMPORT_COLUMNS } from './import-schema.ts';

export const IMPORT_FORMATS = ['csv', 'jsonl'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** What a line holds, or why it cannot be read. */
export interface ImportLine {
  line: number;
  value?: unknown;
  problem?: string;
}

/** The file as a whole is not what it should be. */
export class ImportFileError extends Error {}

const MAX_LINE_CHARACTERS = 16_384;

export const readImportLines = (
  input: Readable,
  format: ImportFormat,
): AsyncIterable<ImportLine> => (format === 'csv' ? csvLines(input) : jsonLines(input));

async function* csvLines(input: Readable): AsyncIterable<ImportLine> {
  const skipped: ImportLine[] = [];
  const parser = parse({
    bom: true,
    columns: checkHeader,
    info: true,
    max_record_size: MAX_LINE_CHARACTERS,
    skip_empty_lines: true,
    skip_records_with_error: true,
    trim: true,
    on_skip(error) {
      if (error)
        skipped.push({
          line: Number(error.lines),
          problem:
            'does not have the columns of the first line (a hash of argon2id has commas: quote it)',
        });
      return undefined;
    },
  });
  input.once('error', (error) => parser.destroy(error));
  input.pipe(parser);
  for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
    yield* skipped.splice(0);
    yield { line: info.lines, value: record };
  }
  yield* skipped;
}

interface CsvRecord {
  record: Record<string, string>;
  info: { lines: number };
}

function checkHeader(header: string[]): string[] {
  const known = new Set<string>(IMPORT_COLUMNS);
  const names = header.map((name) => name.trim());
  const missing = ['username', 'password_hash'].some((name) => !names.includes(name));
  if (missing || names.some((name) => !known.has(name)) || new Set(names).size < names.length) {
    throw new ImportFileError(
      `The first line must name the columns: username, password_hash and, if wanted, roles.`,
    );
  }
  return names;
}

async function* jsonLines(input: Readable): AsyncIterable<ImportLine> {
  let line = 0;
  for await (const text of boundedLines(input)) {
    line += 1;
    if (text === undefined) yield { line, problem: 'is too long' };
    else if (text.trim() !== '') yield jsonLine(line, text);
  }
}

function jsonLine(line: number, text: string): ImportLine {
  try {
    return { line, value: JSON.parse(text) };
  } catch {
    return { line, problem: 'is not JSON' };
  }
}

/** Undefined for a line beyond the bound, of which no more than the bound is kept. */
async function* boundedLines(input: Readable): AsyncIterable<string | undefined> {
  let rest = '';
  let tooLong = false;
  let isFirst = true;
  input.setEncoding('utf8');
  for await (const chunk of input as AsyncIterable<string>) {
    const [head = '', ...more] = (isFirst ? chunk.replace(/^\uFEFF/, '') : chunk).split('\n');
    isFirst = false;
    rest += head;
    for (const next of more) {
      yield tooLong || rest.length > MAX_LINE_CHARACTERS ? undefined : rest;
      tooLong = false;
      rest = next;
    }
    if (rest.length > MAX_LINE_CHARACTERS) {
      tooLong = true;
      rest = '';
    }
  }
  if (tooLong) yield undefined;
  else if (rest !== '') yield rest.length > MAX_LINE_CHARACTERS ? undefined : rest;
}
