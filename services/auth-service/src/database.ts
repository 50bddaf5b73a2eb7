import type { Prisma, PrismaClient } from '../generated/prisma/client.ts';

export type Database = PrismaClient;

/** Either the database or a transaction on it: what a repository needs. */
export type Tx = Prisma.TransactionClient;

/** Runs `work` in one transaction, so that an act and its record stand or fall together. */
export const inTransaction = <T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> =>
  db.$transaction(work, { maxWait: 3_000, timeout: 8_000 });

/** Prisma's `startsWith` becomes LIKE as it is: what stands for any letter there has to be escaped. */
export const literally = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');
