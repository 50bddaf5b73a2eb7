import { useTranslation } from 'react-i18next';
import styles from './keyboard-hint.module.css';

/** Where there is a keyboard. */
export function KeyboardHint() {
  const { t } = useTranslation('todos');
  const keys = [
    ['n', t('keyAdd')],
    ['/', t('keySearch')],
    ['↑ ↓', t('keyMove')],
    [t('space'), t('keyTick')],
    ['e', t('keyEdit')],
    [t('del'), t('keyDelete')],
  ];
  return (
    <dl className={styles.hint} aria-label={t('keys')}>
      {keys.map(([key, what]) => (
        <div key={what}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
