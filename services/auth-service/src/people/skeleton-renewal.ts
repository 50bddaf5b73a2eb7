import type { Log } from '@latchkey/service-kit/log';
import type { Database } from '../database.ts';
import { SKELETON_VERSION, skeletonOf } from './skeleton.ts';
import { listOutdatedSkeletons, renewSkeleton } from './user-repository.ts';

const BATCH = 500;
const RETRY_MS = 10_000;

/**
 * Brings the skeletons of people who signed up under older rules up to date. Two who look alike by
 * now both stay, the second with the skeleton that it had. Several copies may do this at once.
 */
export async function renewSkeletons(db: Database): Promise<void> {
  for (;;) {
    const people = await listOutdatedSkeletons(db, SKELETON_VERSION, BATCH);
    for (const { id, username } of people) {
      await renewSkeleton(db, id, skeletonOf(username), SKELETON_VERSION);
    }
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
