import { useTranslation } from 'react-i18next';

/** Kinds of events by their first part, then their second, in words. */
type Words = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** `login` -> `succeeded` -> “Signed in”; the translations are the list. */
export function useAuditTypes(): { words: Words; wordsOf: (type: string) => string } {
  const { t } = useTranslation('administration');
  const words: Words = t('audit.types', { returnObjects: true });
  return {
    words,
    wordsOf(type) {
      const [group = '', act = ''] = type.split('.');
      return words[group]?.[act] ?? type;
    },
  };
}

/** Worth a second look: a guess, a thief, or trouble. */
const ALARMING =
  /^(login|factor)\.failed$|\.reused$|\.given_up$|^device\.denied$|^key\.removed$|^user\.deleted$/;

export const isAlarming = (type: string): boolean => ALARMING.test(type);
