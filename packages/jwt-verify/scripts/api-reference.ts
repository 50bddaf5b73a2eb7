import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRIES, withDeclarations } from './emit-declarations.ts';

/** A declaration with the docstring before it, up to the next one at the left margin. */
const DECLARATION =
  /(?:^\/\*\*(?<doc>(?:(?!\*\/)[\s\S])*)\*\/\n)?^export (?:declare )?(?<kind>const|class|interface|type|function) (?<name>\w+)(?<rest>[\s\S]*?)(?=^(?:\/\*\*|export|declare|import|\/\/|interface|type|const)|(?![\s\S]))/gm;

interface Declaration {
  readonly doc: string;
  readonly text: string;
}

const textOf = (doc: string): string =>
  doc
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join('\n')
    .trim()
    .replace(/^@param (\w+)/gm, '- `$1`:')
    .replace(/^@returns /gm, '- returns ')
    .replace(/^@throws /gm, '- throws ')
    .replace(/^@example\n?/gm, '\n');

const declarationsOf = (files: readonly string[]): Map<string, Declaration> => {
  const found = new Map<string, Declaration>();
  for (const file of files) {
    const source = readFileSync(file, 'utf8').replaceAll('\r', '');
    for (const { groups } of source.matchAll(DECLARATION)) {
      const { doc = '', kind, name, rest = '' } = groups ?? {};
      found.set(`${file} ${name}`, { doc: textOf(doc), text: `${kind} ${name}${rest}`.trimEnd() });
    }
  }
  return found;
};

/** The names an entry point exports, and the file each comes from. */
const exportsOf = (folder: string, entry: string): { name: string; file: string }[] => {
  const file = join(folder, `${entry}.d.ts`);
  const source = readFileSync(file, 'utf8');
  const again = [...source.matchAll(/^export (?:type )?\{([^}]+)\} from '\.\/([\w-]+)\.[tj]s';/gm)];
  const own = [
    ...source.matchAll(/^export (?:declare )?(?:const|class|interface|type|function) (\w+)/gm),
  ];
  return [
    ...own.map(([, name]) => ({ name: name as string, file })),
    ...again.flatMap(([, names, from]) =>
      (names as string).split(',').map((name) => ({
        name: name.replace('type ', '').trim(),
        file: join(folder, `${from}.d.ts`),
      })),
    ),
  ].filter(({ name }) => name !== '');
};

/** docs/api.md, out of the docstrings of everything that the entry points export. */
export const apiReference = (): string =>
  withDeclarations([], (folder) => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.d.ts'));
    const declarations = declarationsOf(files.map((name) => join(folder, name)));
    const sections = ENTRIES.map((entry) => {
      const title = entry === 'index' ? '@latchkey/jwt-verify' : `@latchkey/jwt-verify/${entry}`;
      const parts = exportsOf(folder, entry)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, file }) => {
          const declaration = declarations.get(`${file} ${name}`);
          if (declaration === undefined) throw new Error(`${entry} exports ${name}: not found`);
          return `### ${name}\n\n${declaration.doc}\n\n\`\`\`ts\n${declaration.text}\n\`\`\``;
        });
      return `## ${title}\n\n${parts.join('\n\n')}`;
    });
    return `# API reference\n\nGenerated from the docstrings by \`pnpm docs\`.\n\n${sections.join('\n\n')}\n`;
  });
