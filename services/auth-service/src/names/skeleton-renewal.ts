import type { NameRepository } from './name-repository.ts';

const BATCH = 500;

/**
 * Renews the skeletons and canonical names of people who signed up under older rules. Two who look
 * alike by the new rules both stay, the second with the skeleton that it had. Several instances may
 * do this at once.
 */
export async function renewSkeletons(names: NameRepository): Promise<void> {
  for (;;) {
    const people = await names.listOutdatedOfPeople(BATCH);
    for (const person of people) await names.renewOfPerson(person);
    if (people.length < BATCH) return;
  }
}
