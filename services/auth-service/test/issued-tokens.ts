import { decodeJwt } from 'jose';
import type { Instance } from './harness.ts';

/** The list and the index of a token, as its claim says. */
export function placeOf(token: string): string {
  const { status, iss } = decodeJwt<{ status: { status_list: { idx: number; uri: string } } }>(
    token,
  );
  const { idx, uri } = status.status_list;
  return `${uri.replace(`${iss}/status-lists/`, '')}:${idx}`;
}

/** The places that were revoked, as the tokens' rows say. */
export async function revokedPlaces({ db }: Pick<Instance, 'db'>): Promise<string[]> {
  const rows = await db.issuedToken.findMany({ where: { revokedAt: { not: null } } });
  return rows.map(({ listId, index }) => `${listId}:${index}`).sort();
}

/** The same, as listeners learn it from the changes, with what is wrong about those. */
export async function changedPlaces({ db }: Pick<Instance, 'db'>) {
  const changes = await db.statusChange.findMany({ orderBy: [{ listId: 'asc' }, { seq: 'asc' }] });
  const faults: string[] = [];
  for (const { id, seq } of await db.statusList.findMany()) {
    const numbers = changes.filter(({ listId }) => listId === id).map((change) => change.seq);
    const gapless = Array.from({ length: seq }, (_, n) => n + 1);
    if (numbers.join() !== gapless.join()) faults.push(`list ${id}: ${numbers} up to ${seq}`);
  }
  const places = changes.flatMap(({ listId, indices }) => indices.map((at) => `${listId}:${at}`));
  if (new Set(places).size !== places.length) faults.push('an index was revoked twice');
  if (changes.some(({ indices }) => indices.length > 500)) faults.push('a change is too large');
  return { places: places.sort(), faults };
}
