import type { Tx } from '../database.ts';
import { foldedForms } from '../names/folded-forms.ts';

export interface NewRow {
  username: string;
  skeleton: string;
  passwordHash: string;
  roles: string[];
}

export interface CreatedRow {
  id: number;
  username: string;
  roles: string[];
}

/** Leaves out those whose username or skeleton is taken. */
export const createUsers = (tx: Tx, rows: NewRow[]): Promise<CreatedRow[]> =>
  tx.user.createManyAndReturn({
    data: rows.map((row) => ({ ...row, ...foldedForms(row.username) })),
    select: { id: true, username: true, roles: true },
    skipDuplicates: true,
  });

/** Which of these usernames are or were taken. */
export async function findUsernames(
  tx: Tx,
  usernames: string[],
): Promise<Map<string, 'account' | 'deleted'>> {
  const rows = await tx.user.findMany({
    where: { username: { in: usernames } },
    select: { username: true, deletedAt: true },
  });
  return new Map(rows.map((row) => [row.username, row.deletedAt ? 'deleted' : 'account']));
}
