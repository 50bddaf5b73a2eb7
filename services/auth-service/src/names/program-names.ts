import type { NameRepository } from './name-repository.ts';
import { skeletonOf } from './skeleton.ts';

/*
 * The tokens of a person and those of a client both have their name in `sub`, which must be
 * unambiguous. Names are compared by skeleton. Each name is given out under a lock, so that when a
 * person and a program ask for the same one at once, only one of them gets it.
 */

const named = (name: string) => ({ name, skeleton: skeletonOf(name) });

/** Gives a client its name. Call it first in the transaction. */
export async function giveProgramName(
  names: NameRepository,
  name: string,
): Promise<'given' | 'taken_by_program' | 'taken_by_person'> {
  await names.holdAll();
  if ((await names.findUsernamesLike([named(name)])).length > 0) return 'taken_by_person';
  return (await names.addOfPrograms([named(name)])) === 1 ? 'given' : 'taken_by_program';
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
export async function renewProgramNames(
  names: NameRepository,
  services: string[],
): Promise<NamesakeOfService[]> {
  await names.holdAll();
  await names.addOfClients();
  const ofServices = services.map(named);
  await names.addOfPrograms(ofServices);
  const outdated = await names.listOutdatedOfPrograms();
  if (outdated.length > 0) await names.renewOfPrograms(outdated.map(named));
  const people = await names.findUsernamesLike(ofServices);
  return people.flatMap(({ username, skeleton }) =>
    ofServices
      .filter((one) => one.name === username || one.skeleton === skeleton)
      .map(({ name }) => ({ name, username })),
  );
}
