import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../../docs/decisions');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const files = readdirSync(folder).filter(
  (file) => file !== 'README.md' && file !== '000-template.md',
);
const HEAD =
  /^# (?<number>\d{3}): (?<title>\S.*)\n\nStatus: (accepted|superseded by \d{3}) · Date: \d{4}-\d{2}-\d{2}\n\n/;

describe('docs/decisions', () => {
  it.each(files)('%s begins with its number, title, status and date', (file) => {
    const number = HEAD.exec(read(file))?.groups?.number;
    expect(number).toBe(/^(\d{3})-[a-z0-9-]+\.md$/.exec(file)?.[1]);
  });

  it('gives a number once', () => {
    const numbers = files.map((file) => file.slice(0, 3));
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('has an index of each file with its title, in order', () => {
    const lines = read('README.md').matchAll(
      /^\| \[(\d{3})\]\(([^)]+)\) +\| (.+?) +\| (.+?) +\|$/gm,
    );
    const listed = [...lines].map(([, number, file, title]) => ({ number, file, title }));
    const expected = files.toSorted().map((file) => {
      const { number, title } = HEAD.exec(read(file))?.groups ?? {};
      return { number, file, title };
    });
    expect(listed).toEqual(expected);
  });
});
