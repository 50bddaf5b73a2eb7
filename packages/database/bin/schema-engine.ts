import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm';
import pg from 'pg';

export const wholeSchema: SchemaFilter = { externalTables: [], externalEnums: [] };

/**
 * Opens Prisma's own schema engine, built to WebAssembly, on the database at `url`, to look and
 * compare.
 */
export async function withSchemaEngine<T>(
  url: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await import('@prisma/schema-engine-wasm');
  const pool = new CatalogPool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(catalogFactory(pool));
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

/** The columns of the system catalogue's type "char", by result. */
const charColumns = new WeakMap<unknown[], number[]>();

/** Calls "char" text, since adapter-pg refuses it. */
class CatalogPool extends pg.Pool {
  constructor(config: pg.PoolConfig) {
    super(config);
    const query = this.query.bind(this) as (config: pg.QueryConfig) => Promise<pg.QueryResult>;
    const queryCatalog = async (config: pg.QueryConfig) => {
      const result = await query(config);
      const columns: number[] = [];
      for (const [index, field] of result.fields.entries()) {
        if (field.dataTypeID !== pg.types.builtins.CHAR) continue;
        field.dataTypeID = pg.types.builtins.TEXT;
        columns.push(index);
      }
      charColumns.set(result.rows, columns);
      return result;
    };
    this.query = queryCatalog as typeof this.query;
  }
}

/** Calls it "char" again, since the engine panics at text in its place. */
function catalogFactory(pool: pg.Pool): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg(pool);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    async connect() {
      const adapter = await factory.connect();
      const queryRaw = adapter.queryRaw.bind(adapter);
      adapter.queryRaw = async (query) => {
        const result = await queryRaw(query);
        for (const index of charColumns.get(result.rows) ?? []) {
          result.columnTypes[index] = ColumnTypeEnum.Character;
        }
        return result;
      };
      return adapter;
    },
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
}
