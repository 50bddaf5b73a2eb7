import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recommendedAcceptedAttributes, runLinter } from 'i18next-cli';
import { describe, expect, onTestFinished, test } from 'vitest';

/** Of our own parts, beside those of HTML. */
const ATTRIBUTES = ['label', 'hint', 'lead', 'detail', 'question', 'action', 'error'];

/** Texts in components that are not from the translation files. */
async function strayTextsIn(folder: string): Promise<string[]> {
  const { files } = await runLinter({
    locales: ['en', 'zh'],
    extract: { input: [join(folder, '**/*.tsx')], output: 'unused' },
    lint: {
      acceptedTags: 'all',
      acceptedAttributes: [...recommendedAcceptedAttributes, ...ATTRIBUTES],
    },
  });
  return Object.entries(files).flatMap(([file, issues]) =>
    issues.map(({ line, text }) => `${file}:${line} ${text}`),
  );
}

describe('every visible text comes from the translation files', () => {
  test('in the app', async () => {
    expect(await strayTextsIn(join(import.meta.dirname, '../src'))).toEqual([]);
  });

  test.each([
    ['text', '<p>Hello there</p>'],
    ['a label', '<button type="button" aria-label="Close it" />'],
    ['a title', '<span title="More of it" />'],
    ['a placeholder', '<input placeholder="Your name" />'],
    ['a field’s label', '<TextField label="Your name" />'],
  ])('%s that is not is found', async (_, element) => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-texts-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'planted.tsx'), `export const Planted = () => ${element};\n`);
    expect(await strayTextsIn(folder)).toHaveLength(1);
  });
});
