import type { Tx } from '../database.ts';
import {
  addNamesOfClients,
  addProgramNames,
  findProgramSkeletons,
  findUsernamesLike,
  holdAllNames,
  holdProgramNames,
  listOutdatedNames,
  renewNames,
} from './program-name-repository.ts';
import { SKELETON_VERSION, skeletonOf } from './skeleton.ts';

/*
 * The tokens of a person and those of a client both say their name in `sub`: it must be clear whose
 * it is. Names are compared by skeleton. Whoever gives one out holds the names first, so that of a
 * person and a program that want the same one at once only one gets it.
 */

const named = (name: string) => ({ name, skeleton: skeletonOf(name) });

/** Those of the skeletons that no person may have. Call it first in the transaction. */
export async function programSkeletons(tx: Tx, skeletons: string[]): Promise<Set<string>> {
  await holdProgramNames(tx);
  return findProgramSkeletons(tx, skeletons);
}

/** Gives a client its name. Call it first in the transaction. */
export async function giveProgramName(
  tx: Tx,
  name: string,
): Promise<'given' | 'taken_by_program' | 'taken_by_person'> {
  await holdAllNames(tx);
  if ((await findUsernamesLike(tx, [named(name)])).length > 0) return 'taken_by_person';
  const added = await addProgramNames(tx, [named(name)], SKELETON_VERSION);
  return added === 1 ? 'given' : 'taken_by_program';
}

export interface NamesakeOfService {
  name: string;
  username: string;
}

/**
 * Brings the names of programs up to date with the clients and services that there are. Call it
 * first in the transaction.
 *
 * @param services the names and audiences of all services
 * @returns the people who have such a name, or one that looks like it
 */
export async function renewProgramNames(tx: Tx, services: string[]): Promise<NamesakeOfService[]> {
  await holdAllNames(tx);
  await addNamesOfClients(tx);
  const names = services.map(named);
  await addProgramNames(tx, names, SKELETON_VERSION);
  const outdated = await listOutdatedNames(tx, SKELETON_VERSION);
  if (outdated.length > 0) await renewNames(tx, outdated.map(named), SKELETON_VERSION);
  const people = await findUsernamesLike(tx, names);
  return people.flatMap(({ username, skeleton }) =>
    names
      .filter((one) => one.name === username || one.skeleton === skeleton)
      .map(({ name }) => ({ name, username })),
  );
}
