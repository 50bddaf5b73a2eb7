import { useMemo } from 'react';
import { todo as todoService } from '../api/clients.ts';
import { Problem, unwrap } from '../api/problem.ts';
import { tabList } from '../api/tab-list.ts';
import { beforeSignOut } from '../session/before-sign-out.ts';

const FLUSH_TIMEOUT_MS = 5_000;

/** Gone from the page, and not yet known to be gone from the service. */
const deletions = tabList<number>('todos-to-delete');
/** Of those, the ones with an “Undo”: the service has not been asked. */
const undoableIds = new Set<number>();
/** Of those, the ones that the service is being asked for. */
const sentIds = new Set<number>();

export const useDeletedIds = (): ReadonlySet<number> => {
  const ids = deletions.useItems();
  return useMemo(() => new Set(ids), [ids]);
};

export function addDeletion(id: number): void {
  undoableIds.add(id);
  deletions.write([...deletions.read(), id]);
}

export function dropDeletion(id: number): void {
  deletions.write(deletions.read().filter((each) => each !== id));
}

/** @returns whether it was in time */
export function undoDeletion(id: number): boolean {
  const isInTime = undoableIds.delete(id);
  if (isInTime) dropDeletion(id);
  return isInTime;
}

/** @returns whether its “Undo” is still there, which it is no more after this */
export const endUndo = (id: number): boolean => undoableIds.delete(id);

/** What was waiting when the page went away, or when the session ended. */
export const leftDeletions = (): number[] =>
  deletions.read().filter((id) => !undoableIds.has(id) && !sentIds.has(id));

/** `keepalive`: it arrives even when the page closes meanwhile. */
export async function sendDeletion(id: number, signal?: AbortSignal): Promise<void> {
  const params = { path: { id: String(id) } };
  sentIds.add(id);
  try {
    await unwrap(
      todoService.DELETE('/todo/{id}', { params, keepalive: true, ...(signal ? { signal } : {}) }),
    );
  } catch (error) {
    // Deleted in another tab already.
    if (!(error instanceof Problem) || error.status !== 404) throw error;
  } finally {
    sentIds.delete(id);
  }
}

beforeSignOut(async () => {
  undoableIds.clear();
  const signal = AbortSignal.timeout(FLUSH_TIMEOUT_MS);
  const send = async (id: number) => {
    await sendDeletion(id, signal);
    dropDeletion(id);
  };
  await Promise.allSettled(leftDeletions().map(send));
});

// What is not answered any more is still in this tab's list, and sent again when the person is back.
window.addEventListener('pagehide', () => {
  for (const id of undoableIds) void sendDeletion(id).catch(() => undefined);
  undoableIds.clear();
});
