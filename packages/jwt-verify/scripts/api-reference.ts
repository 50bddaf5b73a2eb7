import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application, type ProjectReflection, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { ENTRIES } from './entries.ts';

const PACKAGE = join(import.meta.dirname, '..');

/** One page for each entry point, functions first. */
const LAYOUT: Partial<PluginOptions & Omit<TypeDocOptions, 'plugin'>> & { router: string } = {
  router: 'module',
  groupOrder: ['Functions', 'Variables', 'Classes', 'Interfaces', 'Type Aliases'],
  sort: ['source-order'],
  expandObjects: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  hideGroupHeadings: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'list',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  propertyMembersFormat: 'table',
  tableColumnSettings: {
    hideDefaults: true,
    hideInherited: true,
    hideModifiers: true,
    hideOverrides: true,
  },
};

export interface ApiReference {
  /** What the entry points export, with its docstrings. */
  readonly project: ProjectReflection;
  /** The text of each file of docs/api, by its name. */
  readonly pages: ReadonlyMap<string, string>;
}

/** docs/api, out of the docstrings of everything that the entry points export. */
export const apiReference = async (): Promise<ApiReference> => {
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: ENTRIES.map((entry) => join(PACKAGE, `src/${entry}.ts`)),
    tsconfig: join(PACKAGE, 'tsconfig.build.json'),
    name: '@latchkey/jwt-verify',
    readme: 'none',
    disableSources: true,
    excludeExternals: true,
    excludeInternal: true,
    logLevel: 'Error',
    ...LAYOUT,
  });
  const project = await application.convert();
  if (project === undefined) throw new Error('TypeDoc cannot read the sources: see its output');
  const folder = mkdtempSync(join(tmpdir(), 'api-'));
  try {
    await application.outputs.writeOutput({ name: 'markdown', path: folder }, project);
    if (application.logger.hasErrors()) throw new Error('TypeDoc failed: see its output');
    const files = readdirSync(folder).sort();
    const pages = new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
    return { project, pages };
  } finally {
    rmSync(folder, { recursive: true });
  }
};
