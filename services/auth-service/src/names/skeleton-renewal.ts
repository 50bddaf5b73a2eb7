import type { Log } from '@latchkey/service-kit/process/log';
import { listOutdatedForms, renewFoldedForms } from '../accounts/user-repository.ts';
import type { Database } from '../database.ts';

const BATCH = 500;
const RETRY_MS = 10_000;

/**
 * Brings the skeletons and canonical names of people who signed up under older rules up to date. Two who look alike by
 * now both stay, the second with the skeleton that it had. Several instances may do this at once.
 */
export async function renewSkeletons(db: Database): Promise<void> {
  for (;;) {
    const people = await listOutdatedForms(db, BATCH);
    for (const person of people) await renewFoldedForms(db, person);
    if (people.length < BATCH) return;
  }
}

/** Beside the service, so that many people do not delay its start; tried until it is done. */
export function renewSkeletonsInBackground({ db, log }: { db: Database; log: Log }): void {
  renewSkeletons(db).catch((err) => {
    log.warn({ err }, 'usernames not compared by the new rules yet');
    setTimeout(() => renewSkeletonsInBackground({ db, log }), RETRY_MS).unref();
  });
}
