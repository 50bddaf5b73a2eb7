import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import { type Addition, dropAddition } from './additions.ts';
import styles from './todo-row.module.css';

interface ComingRowProps {
  addition: Addition;
  onRetry: () => void;
}

/** A todo until the service has it. */
export function ComingRow({ addition: { key, fields, isUnsent }, onRetry }: ComingRowProps) {
  const { t } = useTranslation(['todos', 'common']);
  return (
    <li className={styles.row} data-coming>
      <div className={styles.inner}>
        <span className={styles.tick}>
          <input type="checkbox" disabled aria-label={fields.title} />
        </span>
        <div className={styles.text}>
          <p className={styles.title}>{fields.title}</p>
          {isUnsent && fields.description && (
            <p className={styles.description}>{fields.description}</p>
          )}
          <p className={styles.meta}>{t(isUnsent ? 'todos:unsent' : 'todos:isBeingAdded')}</p>
          {isUnsent && (
            <div className={styles.actions}>
              <Button onClick={onRetry}>{t('common:retry')}</Button>
              <Button look="plain" onClick={() => dropAddition(key)}>
                {t('todos:drop')}
              </Button>
            </div>
          )}
        </div>
      </div>
    </li>
  );
}
