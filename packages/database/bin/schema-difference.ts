import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { wholeSchema, withSchemaEngine } from './schema-engine.ts';

/**
 * The SQL that takes a database to a Prisma schema; undefined when they agree.
 *
 * @param url of a database that has the migrations applied, a scratch database for instance.
 * @param schemaFile path of schema.prisma.
 */
export async function schemaDifference(
  url: string,
  schemaFile: string,
): Promise<string | undefined> {
  const files = [{ path: schemaFile, content: await readFile(schemaFile, 'utf8') }];
  const { exitCode, stdout } = await withSchemaEngine(url, (engine) =>
    engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: dirname(schemaFile) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: wholeSchema,
    }),
  );
  return exitCode === 0 ? undefined : (stdout ?? '');
}
