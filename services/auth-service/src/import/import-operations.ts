import type { Account, NewUser } from '../accounts/user-repository.ts';
import { systemCaller } from '../caller.ts';
import { skeletonOf } from '../names/skeleton.ts';
import type { Repositories, Store } from '../store.ts';
import type { ImportLine } from './import-lines.ts';
import { importedPerson } from './import-schema.ts';

/** Lines that stand or fall together; of a killed import, whole batches are left. */
export const IMPORT_BATCH = 500;

export interface ImportReport {
  imported: number;
  alreadyThere: number;
  refused: number;
}

interface Options {
  /** Does all of it and takes it back. */
  dryRun: boolean;
  /** Every role that there is. */
  roles: ReadonlySet<string>;
  onRefused(line: number, reason: string): void;
}

type Candidate = NewUser & { line: number; skeleton: string };

const LOOKS_TAKEN = 'username looks like one that is taken';

class DryRun extends Error {}

/** Imports people with their password hashes. Never changes an existing account. */
export async function importPeople(
  store: Pick<Store, 'transaction'>,
  lines: AsyncIterable<ImportLine>,
  { dryRun, roles, onRefused }: Options,
): Promise<ImportReport> {
  const report: ImportReport = { imported: 0, alreadyThere: 0, refused: 0 };
  const refuse = (line: number, reason: string) => {
    report.refused += 1;
    onRefused(line, reason);
  };
  const schema = importedPerson(roles);
  let batch: Candidate[] = [];
  // What a dry run takes back, the next batch would not find.
  const takenBack = new Map<string, string>();
  const flush = async () => {
    const outcome = await importBatch(store, batch, dryRun);
    batch = [];
    report.imported += outcome.imported.length;
    if (dryRun)
      for (const { skeleton, username } of outcome.imported) takenBack.set(skeleton, username);
    report.alreadyThere += outcome.alreadyThere;
    for (const { line, reason } of outcome.refused) refuse(line, reason);
  };
  for await (const line of lines) {
    const read = readCandidate(line, schema);
    if (typeof read === 'string') refuse(line.line, read);
    else if (!takenBack.has(read.skeleton)) batch.push(read);
    else if (takenBack.get(read.skeleton) === read.username) report.alreadyThere += 1;
    else refuse(line.line, LOOKS_TAKEN);
    if (batch.length === IMPORT_BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  return report;
}

/** A reason when the line is of no use. */
function readCandidate(
  { line, value, problem }: ImportLine,
  schema: ReturnType<typeof importedPerson>,
): Candidate | string {
  if (problem !== undefined) return problem;
  const { data, error } = schema.safeParse(value);
  if (!data) {
    return error.issues.map(({ path, message }) => [...path, message].join(' ')).join('; ');
  }
  const { username, password_hash: passwordHash, roles } = data;
  return { line, username, skeleton: skeletonOf(username), passwordHash, roles };
}

interface Outcome {
  imported: Candidate[];
  alreadyThere: number;
  refused: { line: number; reason: string }[];
}

async function importBatch(
  { transaction }: Pick<Store, 'transaction'>,
  batch: Candidate[],
  dryRun: boolean,
): Promise<Outcome> {
  let outcome: Outcome | undefined;
  try {
    await transaction(async (repositories) => {
      outcome = await insertBatch(repositories, batch);
      if (dryRun) throw new DryRun();
    });
  } catch (error) {
    if (!(error instanceof DryRun)) throw error;
  }
  return outcome as Outcome;
}

async function insertBatch(
  { names, users, audit }: Repositories,
  batch: Candidate[],
): Promise<Outcome> {
  const usernames = batch.map(({ username }) => username);
  const skeletons = batch.map(({ skeleton }) => skeleton);
  const programs = await names.holdProgramSkeletons(skeletons);
  const first = new Map<string, Candidate>();
  for (const person of batch) {
    const isTaken = first.has(person.skeleton) || programs.has(person.skeleton);
    if (!isTaken) first.set(person.skeleton, person);
  }
  // In one order, so that two imports at once wait for each other rather than lock each other out.
  const rows = [...first.values()].sort((a, b) => (a.skeleton < b.skeleton ? -1 : 1));
  const created = await users.createAll(rows);
  const ids = new Map(created.map(({ username, id }) => [username, id]));
  await audit.recordAll(
    created.map(({ id, username, roles }) => ({
      type: 'user.imported' as const,
      actor: 'system',
      subject: username,
      caller: systemCaller,
      details: { id, roles },
    })),
  );
  const accounts = await users.findAccounts(usernames);
  const here = new Map(accounts.map((account) => [account.username, account]));
  const outcome: Outcome = { imported: [], alreadyThere: 0, refused: [] };
  for (const person of batch) {
    const { line, username, skeleton } = person;
    if (ids.has(username) && first.get(skeleton) === person) {
      outcome.imported.push(person);
      continue;
    }
    const account = here.get(username);
    if (account && !account.deletedAt) outcome.alreadyThere += 1;
    else outcome.refused.push({ line, reason: reasonOf(account, programs.has(skeleton)) });
  }
  return outcome;
}

function reasonOf(deleted: Account | undefined, isProgram: boolean): string {
  if (deleted) return 'username is that of a deleted account';
  return isProgram ? 'username is, or looks like, that of a client or service' : LOOKS_TAKEN;
}
