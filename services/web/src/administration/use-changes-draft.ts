import { useEffect, useMemo } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import { tabList } from '../api/tab-list.ts';
import { type ClientValues, changesOf, valuesOf } from './client-values.ts';
import type { Client } from './clients-queries.ts';

/**
 * Keeps what a person changed of a client, and nothing else: the rest may change meanwhile.
 *
 * @returns a function that drops it
 */
export function useChangesDraft(
  client: Client,
  { watch, setValue }: Pick<UseFormReturn<ClientValues>, 'watch' | 'setValue'>,
): () => void {
  const id = client.client_id;
  const draft = useMemo(() => tabList<Partial<ClientValues>>(`changes:client:${id}`), [id]);
  useEffect(() => {
    for (const [field, value] of Object.entries(draft.read()[0] ?? {})) {
      setValue(field as keyof ClientValues, value, { shouldDirty: true });
    }
  }, [draft, setValue]);
  useEffect(() => {
    const { unsubscribe } = watch((values, { name }) => {
      // A reset names no field.
      if (!name) return;
      const changes = changesOf(values as ClientValues, valuesOf(client));
      draft.write(Object.keys(changes).length > 0 ? [changes] : []);
    });
    return unsubscribe;
  }, [draft, watch, client]);
  return () => draft.write([]);
}
