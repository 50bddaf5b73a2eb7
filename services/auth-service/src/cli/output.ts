import Table from 'cli-table3';

export interface OutputOptions {
  json?: boolean;
}

/** Of every command that shows something. */
export const jsonOption = ['--json', 'for programs'] as const;

type Row = Readonly<Record<string, unknown>>;

/** A table for people, or all of it as JSON for programs. */
export function printRows(
  rows: readonly Row[],
  columns: readonly string[],
  { json }: OutputOptions,
): void {
  if (json) printJson(rows);
  else if (rows.length === 0) print('none');
  else printTable([columns, ...rows.map((row) => columns.map((column) => row[column]))]);
}

/** One thing, a line for each member. */
export function printOne(row: Row, { json }: OutputOptions): void {
  if (json) printJson(row);
  else printTable(Object.entries(row));
}

function printTable(rows: readonly (readonly unknown[])[]): void {
  const table = new Table({ style: { border: [] }, chars: NO_LINES });
  for (const row of rows) table.push(row.map(textOf));
  print(table.toString().replaceAll(/ +$/gm, ''));
}

export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** For what is not the result: hints, questions. */
export const note = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const printJson = (value: unknown) => print(escapeControls(JSON.stringify(value, undefined, 2)));

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(textOf).join(' ');
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  // A device or a name from outside must not steer the terminal.
  return text.replaceAll(/\p{Cc}/gu, '\uFFFD');
}

/** JSON leaves those beyond ASCII as they are, and terminals obey them. */
const escapeControls = (json: string) =>
  json.replaceAll(
    /[\x7F-\x9F]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left'],
    ...['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((name) => [name, '']),
);
