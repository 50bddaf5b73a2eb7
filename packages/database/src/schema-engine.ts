import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import type { Migration } from './migration-files.ts';

export const wholeSchema: SchemaFilter = { externalTables: [], externalEnums: [] };

/**
 * Opens Prisma's own schema engine, built to WebAssembly, on the database at `url`.
 *
 * It must not be asked for a shadow database: it cannot make one by itself.
 */
export async function withSchemaEngine<T>(
  url: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await import('@prisma/schema-engine-wasm');
  // One connection, so that the engine's session lock and its work share a session.
  const pool = new CatalogPool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(pool));
    const engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, factory);
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

const CHAR_OID = 18;
const TEXT_OID = 25;

/** The columns of the system catalogue's type "char", which adapter-pg refuses, by result. */
const charColumns = new WeakMap<unknown[], number[]>();

class CatalogPool extends pg.Pool {
  constructor(config: pg.PoolConfig) {
    super(config);
    const query = this.query.bind(this) as (config: pg.QueryConfig) => Promise<pg.QueryResult>;
    const queryCatalog = async (config: pg.QueryConfig) => {
      const result = await query(config);
      const columns: number[] = [];
      for (const [index, field] of (result.fields ?? []).entries()) {
        if (field.dataTypeID !== CHAR_OID) continue;
        field.dataTypeID = TEXT_OID;
        columns.push(index);
      }
      if (columns.length > 0) charColumns.set(result.rows, columns);
      return result;
    };
    this.query = queryCatalog as typeof this.query;
  }
}

function adapterFactory(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool);
  const { provider, adapterName } = factory;
  return {
    provider,
    adapterName,
    async connect() {
      const adapter = await factory.connect();
      const queryRaw = adapter.queryRaw.bind(adapter);
      return Object.assign(adapter, {
        async queryRaw(query: SqlQuery) {
          const result = await queryRaw(query);
          for (const index of charColumns.get(result.rows) ?? []) {
            result.columnTypes[index] = ColumnTypeEnum.Character;
          }
          return result;
        },
        // adapter-pg cuts a script at every semicolon, those in strings and functions included.
        async executeScript(script: string) {
          await pool.query(script).catch((error: pg.DatabaseError) => {
            throw toAdapterError(error);
          });
        },
      });
    },
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
}

const toAdapterError = ({ code, severity, message, detail, column, hint }: pg.DatabaseError) =>
  new DriverAdapterError({
    kind: 'postgres',
    code: code ?? '',
    severity: severity ?? 'ERROR',
    message,
    detail,
    column,
    hint,
  });

/** Migrations in the form in which the engine takes them. */
export const toMigrationList = (directory: string, migrations: Migration[]): MigrationList => ({
  baseDir: directory,
  lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
  shadowDbInitScript: '',
  migrationDirectories: migrations.map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
  })),
});
