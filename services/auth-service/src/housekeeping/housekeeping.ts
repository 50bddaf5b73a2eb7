import type { Log } from '@latchkey/service-kit/process/log';
import { type Repeated, repeat } from '@latchkey/service-kit/process/repeat';
import type { Store } from '../store.ts';
import type { Retention } from './expired-row-repository.ts';

export interface HousekeepingSettings extends Retention {
  everyMs: number;
}

interface Dependencies {
  log: Log;
  settings: HousekeepingSettings;
  now: () => number;
}

/** A run ends after so many batches of a kind; what is left waits for the next. */
const MAX_BATCHES = 100;

/** Rows removed, by kind; a kind that another instance is working on is left to it. */
export type Housekeeping = Repeated<Record<string, number>>;

/** Removes expired rows in batches at intervals; one instance at a time. */
export function startHousekeeping(
  { expiredRows: { kinds }, transaction }: Pick<Store, 'expiredRows' | 'transaction'>,
  { log, settings, now }: Dependencies,
): Housekeeping {
  const removeExpired = async (signal: AbortSignal) => {
    const purged: Record<string, number> = {};
    for (const kind of kinds) {
      let total = 0;
      for (let batches = 0; batches < MAX_BATCHES && !signal.aborted; batches++) {
        const { rows, isMore } = await transaction(({ expiredRows }) =>
          expiredRows.removeBatch(kind, now(), settings),
        );
        total += rows;
        if (!isMore) break;
      }
      if (total > 0) purged[kind] = total;
    }
    return purged;
  };

  // Instances that start together need not ask together.
  const jitterMs = Math.random() * settings.everyMs * 0.2;
  return repeat(removeExpired, {
    everyMs: settings.everyMs + jitterMs,
    log,
    failure: 'expired rows could not be removed; trying again later',
    onDone(purged) {
      if (Object.keys(purged).length > 0) log.info({ purged }, 'expired rows removed');
    },
  });
}
