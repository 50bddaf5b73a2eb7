import { withConnection } from './connection.ts';

/** Whether a database ever had a row with a generated id, deleted rows included. */
export const everHadRows = (url: string): Promise<boolean> =>
  withConnection(url, async (client) => {
    const { rows } = await client.query<{ used: boolean | null }>(
      'SELECT bool_or(last_value IS NOT NULL) AS used FROM pg_sequences',
    );
    return rows[0]?.used === true;
  });
