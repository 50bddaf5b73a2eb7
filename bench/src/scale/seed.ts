import pg from 'pg';

const SESSIONS_EACH = 10;

export interface Owner {
  readonly id: number;
  readonly todos: number;
}

export interface Seed {
  /** In all, including those already there. */
  readonly people: number;
  /** Which everybody gets. */
  readonly passwordHash: string;
}

/** Fills auth-service's database up to so many people, with ten sessions each, all running. */
export const seedPeople = (url: string, { people, passwordHash }: Seed): Promise<void> =>
  inBulk(url, ['session', 'refresh_token'], async (client) => {
    await client.query(
      `INSERT INTO "user" (username, skeleton, canonical_name, skeleton_version, password_hash)
       SELECT name, name, name, (SELECT max(skeleton_version) FROM "user"), $2
       FROM (SELECT 'p' || lpad(i::text, 7, '0') AS name FROM generate_series(1, $1) i) AS made
       ON CONFLICT DO NOTHING`,
      [people, passwordHash],
    );
    await client.query(
      `INSERT INTO session (id, user_id, client_id, scope, device, address, created_at, expires_at)
       SELECT uuidv7(), u.id, (SELECT min(id) FROM client WHERE first_party), 'todo:read todo:write',
         'bench', '127.0.0.1', now() - n * interval '1 hour', now() + interval '30 days'
       FROM "user" u, generate_series(1, $1) n
       WHERE NOT EXISTS (SELECT 1 FROM session s WHERE s.user_id = u.id)
       ORDER BY u.id`,
      [SESSIONS_EACH],
    );
    await client.query(
      `INSERT INTO refresh_token (hash, session_id, expires_at)
       SELECT sha256(uuid_send(id)) AS hash, id, expires_at FROM session s
       WHERE NOT EXISTS (SELECT 1 FROM refresh_token r WHERE r.session_id = s.id)
       ORDER BY hash`,
    );
  });

/** Fills todo-service's database up to so many todos of one owner. */
export const seedTodos = (url: string, { id, todos }: Owner): Promise<void> =>
  inBulk(url, [], async (client) => {
    await client.query(
      `INSERT INTO todo (owner, title, priority, done, created_at, updated_at)
       SELECT $1, 'Todo ' || md5(i::text), 1 + i % 5, i % 3 = 0, now() - i * interval '1 minute', now()
       FROM generate_series((SELECT count(*) FROM todo WHERE owner = $1) + 1, $2) i`,
      [id, todos],
    );
  });

/**
 * Without these tables' foreign keys, which are checked once at the end instead of at each row; the
 * memory is for sorts, since rows in the order of an index are inserted many times faster.
 */
async function inBulk(url: string, tables: string[], work: (client: pg.Client) => Promise<void>) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET work_mem = '1GB'; SET maintenance_work_mem = '1GB'`);
    const { rows: keys } = await client.query<{ table: string; name: string; definition: string }>(
      `SELECT conrelid::regclass AS table, conname AS name, pg_get_constraintdef(oid) AS definition
       FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY($1)`,
      [tables],
    );
    for (const { table, name } of keys) {
      await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
    }
    await work(client);
    for (const { table, name, definition } of keys) {
      await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
    }
    await client.query('VACUUM ANALYZE');
  } finally {
    await client.end();
  }
}
