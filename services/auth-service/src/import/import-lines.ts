import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { IMPORT_COLUMNS } from './import-schema.ts';
import { ImportFileError, readText } from './import-text.ts';

export const IMPORT_FORMATS = ['csv', 'jsonl'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** What a line holds, or why it cannot be read. */
export interface ImportLine {
  line: number;
  value?: unknown;
  problem?: string;
}

const MAX_LINE_CHARACTERS = 16_384;

export const readImportLines = (
  input: Readable,
  format: ImportFormat,
): AsyncIterable<ImportLine> => (format === 'csv' ? csvLines(input) : jsonLines(input));

async function* csvLines(input: Readable): AsyncIterable<ImportLine> {
  const skipped: ImportLine[] = [];
  const { header, whole } = await peekLine(readText(input));
  const parser = parse({
    columns: readHeader,
    delimiter: delimiterOf(header),
    info: true,
    max_record_size: MAX_LINE_CHARACTERS,
    skip_empty_lines: true,
    skip_records_with_error: true,
    trim: true,
    on_skip(error) {
      if (error) skipped.push({ line: Number(error.lines), problem: WRONG_COLUMNS });
      return undefined;
    },
  });
  const text = Readable.from(whole);
  text.once('error', (error) => parser.destroy(error));
  text.pipe(parser);
  for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
    yield* skipped.splice(0);
    yield { line: info.lines, value: record };
  }
  yield* skipped;
}

const WRONG_COLUMNS =
  'does not have the columns of the first line (a hash of argon2id has commas: quote it)';

/** The first line of a text, and the text as it was. */
async function peekLine(text: AsyncIterable<string>) {
  const chunks = text[Symbol.asyncIterator]();
  let start = '';
  while (!start.includes('\n') && start.length < MAX_LINE_CHARACTERS) {
    const { value, done } = await chunks.next();
    if (done) break;
    start += value;
  }
  const whole = async function* () {
    yield start;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  return { header: start.split(/\r?\n|\r/, 1)[0] ?? '', whole: whole() };
}

/** Spreadsheets of many countries write semicolons, copied cells tabs. No column's name has either. */
function delimiterOf(header: string): string {
  return [';', '\t'].find((delimiter) => header.includes(delimiter)) ?? ',';
}

interface CsvRecord {
  record: Record<string, string>;
  info: { lines: number };
}

/** In any case, `Password Hash` and `password-hash` too. */
function readHeader(header: string[]): string[] {
  const known = new Set<string>(IMPORT_COLUMNS);
  const names = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, '_'),
  );
  const missing = ['username', 'password_hash'].some((name) => !names.includes(name));
  if (missing || names.some((name) => !known.has(name)) || new Set(names).size < names.length) {
    throw new ImportFileError(
      'The first line must name the columns: username, password_hash and, if wanted, roles.',
    );
  }
  return names;
}

async function* jsonLines(input: Readable): AsyncIterable<ImportLine> {
  let line = 0;
  for await (const text of boundedLines(readText(input))) {
    line += 1;
    if (line === 1 && text?.trimStart().startsWith('[')) throw new ImportFileError(ONE_LIST);
    if (text === undefined) yield { line, problem: 'is too long' };
    else if (text.trim() !== '') yield jsonLine(line, text);
  }
}

const ONE_LIST = 'The file is one list: write one JSON object a line, with nothing around them.';

function jsonLine(line: number, text: string): ImportLine {
  try {
    return { line, value: JSON.parse(text) };
  } catch {
    return { line, problem: 'is not JSON' };
  }
}

/** Undefined for a line beyond the bound, of which no more than the bound is kept. */
async function* boundedLines(chunks: AsyncIterable<string>): AsyncIterable<string | undefined> {
  let rest = '';
  let tooLong = false;
  for await (const chunk of chunks) {
    const [head = '', ...more] = chunk.split('\n');
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
