import { useEffect } from 'react';
import type { FieldValues, Path, UseFormReturn } from 'react-hook-form';

const keyOf = (name: string) => `latchkey-draft:${name}`;

/** What was typed into a form before the page went away, for `defaultValues`. */
export function readDraft<Values extends FieldValues>(name: string): Partial<Values> {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(name)) ?? '{}') as Partial<Values>;
  } catch {
    return {};
  }
}

export const hasDraft = (name: string): boolean => sessionStorage.getItem(keyOf(name)) !== null;

export const dropDraft = (name: string): void => sessionStorage.removeItem(keyOf(name));

/**
 * Keeps what is typed into a form in this tab, over a sign-in or a reload, until `dropDraft`.
 *
 * @param secret a field that is not kept: a password
 */
export function useDraft<Values extends FieldValues>(
  name: string,
  { watch }: Pick<UseFormReturn<Values>, 'watch'>,
  secret?: Path<Values>,
): void {
  useEffect(() => {
    const { unsubscribe } = watch((values, { name: field }) => {
      // A reset names no field.
      if (!field || field === secret) return;
      const kept = Object.entries(values).filter(([each]) => each !== secret);
      sessionStorage.setItem(keyOf(name), JSON.stringify(Object.fromEntries(kept)));
    });
    return unsubscribe;
  }, [name, watch, secret]);
}
