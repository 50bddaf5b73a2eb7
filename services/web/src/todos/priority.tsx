import { useTranslation } from 'react-i18next';
import styles from './priority.module.css';

/** As the service numbers them, the highest first. */
export const PRIORITIES = [5, 4, 3, 2, 1] as const;
export const USUAL_PRIORITY = 3;

const HEIGHTS = [1, 2, 3, 4, 5];

/** A word, and bars beside it; nothing for the usual one. */
export function PriorityMark({ priority }: { priority: number }) {
  const { t } = useTranslation('todos');
  const known = PRIORITIES.find((each) => each === priority);
  if (known === undefined || known === USUAL_PRIORITY) return null;
  return (
    <span className={styles.mark} data-high={known > USUAL_PRIORITY || undefined}>
      <svg viewBox="0 0 23 14" aria-hidden="true">
        {HEIGHTS.map((height) => (
          <rect
            key={height}
            x={(height - 1) * 5}
            y={14 - height * 2 - 4}
            width={3}
            height={height * 2 + 4}
            rx={1.5}
            opacity={height <= known ? 1 : 0.25}
          />
        ))}
      </svg>
      <span className="visually-hidden">{t('priority')}: </span>
      {t(`priority${known}`)}
    </span>
  );
}
