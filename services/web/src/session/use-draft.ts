import { useEffect } from 'react';
import type { FieldValues, UseFormReturn } from 'react-hook-form';

const keyOf = (name: string) => `latchkey-draft:${name}`;

/** What was typed into a form before the page went away, for `defaultValues`. */
export function readDraft<Values extends FieldValues>(name: string): Partial<Values> {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(name)) ?? '{}') as Partial<Values>;
  } catch {
    return {};
  }
}

export const dropDraft = (name: string): void => sessionStorage.removeItem(keyOf(name));

/**
 * Keeps what is typed into a form in this tab, over a sign-in or a reload, until `dropDraft`. Not for
 * passwords.
 */
export function useDraft<Values extends FieldValues>(
  name: string,
  { watch }: Pick<UseFormReturn<Values>, 'watch'>,
): void {
  useEffect(() => {
    const { unsubscribe } = watch((values, { name: field }) => {
      // A reset names no field.
      if (field) sessionStorage.setItem(keyOf(name), JSON.stringify(values));
    });
    return unsubscribe;
  }, [name, watch]);
}
