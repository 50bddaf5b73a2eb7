import { useTranslation } from 'react-i18next';
import styles from './keyboard-hint.module.css';

interface KeyboardHintProps {
  arePageKeysOn: boolean;
  onToggle: () => void;
}

/** Where there is a keyboard. */
export function KeyboardHint({ arePageKeysOn, onToggle }: KeyboardHintProps) {
  const { t } = useTranslation('todos');
  const pageKeys = [
    ['n', t('keyAdd')],
    ['/', t('keySearch')],
  ];
  const keys = [
    ...(arePageKeysOn ? pageKeys : []),
    ['↑ ↓', t('keyMove')],
    [t('space'), t('keyTick')],
    ['e', t('keyEdit')],
    [t('del'), t('keyDelete')],
  ];
  return (
    <div className={styles.hint}>
      <dl aria-label={t('keys')}>
        {keys.map(([key, what]) => (
          <div key={what}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={onToggle}>
        {t(arePageKeysOn ? 'pageKeysOff' : 'pageKeysOn')}
      </button>
    </div>
  );
}
