import type { Log } from '@latchkey/service-kit/process/log';
import type { NameRepository } from './name-repository.ts';

const BATCH = 500;
const RETRY_MS = 10_000;

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

/** Beside the service, so that many people do not delay its start; retried until it is done. */
export function renewSkeletonsInBackground(names: NameRepository, log: Log): void {
  renewSkeletons(names).catch((err) => {
    log.warn({ err }, 'usernames not compared by the new rules yet');
    setTimeout(() => renewSkeletonsInBackground(names, log), RETRY_MS).unref();
  });
}
