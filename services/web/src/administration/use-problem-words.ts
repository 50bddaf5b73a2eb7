import { useTranslation } from 'react-i18next';
import { Problem } from '../api/problem.ts';
import { useProblemText } from '../ui/states.tsx';

/** As `useProblemText`, with words for what only administration answers. */
export function useProblemWords(): (error: unknown) => string {
  const { t } = useTranslation('administration');
  const textOf = useProblemText();
  return (error) => {
    const words: Readonly<Record<string, string>> = t('problems', { returnObjects: true });
    const found = error instanceof Problem ? words[error.code] : undefined;
    return found ?? textOf(error);
  };
}
