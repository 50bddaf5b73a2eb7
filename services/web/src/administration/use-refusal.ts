import type { UseFormReturn } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { type ClientValues, fieldsAtFault } from './client-values.ts';
import { useProblemWords } from './use-problem-words.ts';

const OF_THE_ID = ['client_taken', 'client_is_username'];

/** Shows what a service refused at its field, or for the whole form as `root`. */
export function useRefusal(form: UseFormReturn<ClientValues>): (error: unknown) => void {
  const { t } = useTranslation('administration');
  const wordsOf = useProblemWords();
  return (error) => {
    const show = (name: keyof ClientValues | 'root', message: string) =>
      form.setError(name, { message }, { shouldFocus: true });
    if (error instanceof SyntaxError) return show('jwks', t('clients.faults.jwks'));
    if (error instanceof Problem && OF_THE_ID.includes(error.code)) {
      return show('client_id', wordsOf(error));
    }
    const fields = error instanceof Problem ? fieldsAtFault(error) : [];
    for (const field of fields) show(field, t(`clients.faults.${field}`));
    if (fields.length === 0) show('root', wordsOf(error));
  };
}
