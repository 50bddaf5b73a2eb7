import { readFileSync } from 'node:fs';
import type { Brand } from './brand.ts';
import { hashedFile } from './hashed-file.ts';

export type Stylesheet = ReturnType<typeof stylesheetFor>;

const read = (specifier: string) => readFileSync(new URL(import.meta.resolve(specifier)), 'utf8');

/** The design tokens, the brand's color, and the style of the pages, as one file. */
export const stylesheetFor = ({ accent }: Brand) =>
  hashedFile({
    path: '/sign-in/style',
    extension: 'css',
    type: 'text/css',
    text: [
      read('@latchkey/design/tokens.css'),
      `:root { --accent: ${accent}; }\n`,
      read('./style.css'),
    ].join(''),
    summary: 'How the hosted pages look',
  });
