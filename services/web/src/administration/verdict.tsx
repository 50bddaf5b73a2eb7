import { CircleCheck, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import type { SystemPicture } from './system-picture.ts';
import { isSevere, type Trouble, troublesOf } from './system-verdict.ts';
import styles from './verdict.module.css';

/** In one line whether all is well; what else is wrong below it. */
export function Verdict({ picture }: { picture: SystemPicture }) {
  const { t } = useTranslation('administration');
  const wordsOf = useTroubleWords();
  const [worst, ...others] = troublesOf(picture);
  const tone = !worst ? 'well' : isSevere(worst) ? 'severe' : 'caution';
  return (
    <div className={styles.verdict} data-tone={tone} role="status">
      {worst ? <TriangleAlert aria-hidden="true" /> : <CircleCheck aria-hidden="true" />}
      <div>
        <p className={styles.word}>{worst ? wordsOf(worst) : t('system.allIsWell')}</p>
        {others.map((trouble) => (
          <p key={wordsOf(trouble)} className={styles.other}>
            {wordsOf(trouble)}
          </p>
        ))}
      </div>
    </div>
  );
}

function useTroubleWords(): (trouble: Trouble) => string {
  const { t } = useTranslation('administration');
  const format = useFormat();
  return (trouble) => {
    const { kind } = trouble;
    if (kind === 'revocationApart') return t('system.troubles.revocationApart');
    if (kind === 'revocationLate') {
      return t('system.troubles.revocationLate', { value: format.number(trouble.delayMs) });
    }
    return t(`system.troubles.${kind}`, { ...trouble });
  };
}
