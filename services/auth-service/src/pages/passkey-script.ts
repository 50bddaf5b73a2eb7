import { readFileSync } from 'node:fs';
import { hashedFile } from './hashed-file.ts';

/** The bundle that the package brings for pages without a bundler, beside its entry. */
const BUNDLE = '../dist/bundle/index.umd.min.js';
const library = import.meta.resolve('@simplewebauthn/browser');

export const passkeyScript = hashedFile({
  path: '/sign-in/passkeys',
  extension: 'js',
  type: 'text/javascript',
  text: [new URL(BUNDLE, library), new URL('./passkeys.js', import.meta.url)]
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n'),
  summary: 'Passkeys on the hosted pages',
});
