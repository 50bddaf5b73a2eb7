import type { Prisma } from '../generated/prisma/client.ts';

/** Either the database or a transaction on it: what a repository is made from. */
export type Tx = Prisma.TransactionClient;

/** Prisma's `startsWith` becomes LIKE as it is: its wildcards have to be escaped. */
export const literally = (text: string): string => text.replaceAll(/[\\%_]/g, '\\$&');
