import { useTranslation } from 'react-i18next';
import type { components } from '../../generated/auth-service.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Button } from '../ui/button.tsx';
import styles from './account.module.css';
import rowStyles from './app-row.module.css';
import { permissionsOf } from './scope-words.ts';

export type App = components['schemas']['App'];

export function AppRow({ app, onEnd }: { app: App; onEnd: () => void }) {
  const { t } = useTranslation('account');
  const { ago, date } = useFormat();
  const { name, host, since, lastUsedAt } = app;
  const { own, services } = permissionsOf(app.allowed);
  const facts = [
    ...(host ? [t('apps.publisher', { host })] : []),
    t('apps.since', { date: date(since) }),
    ...(lastUsedAt ? [t('apps.lastUsed', { ago: ago(lastUsedAt) })] : []),
  ];
  return (
    <li className={styles.stacks}>
      <div>
        <div className={styles.name}>
          <h3>{name}</h3>
        </div>
        <p className={styles.about}>{facts.join(' · ')}</p>
      </div>
      <Button onClick={onEnd} aria-label={t('apps.endLabel', { app: name })}>
        {t('apps.end')}
      </Button>
      <dl className={rowStyles.permissions} aria-label={t('apps.may', { app: name })}>
        {own.length > 0 && (
          <Permission at={t('apps.ownAccount')} texts={own.map((scope) => t(`scope.${scope}`))} />
        )}
        {services.map(([service, texts]) => (
          <Permission key={service} at={service} texts={texts} />
        ))}
      </dl>
    </li>
  );
}

function Permission({ at, texts }: { at: string; texts: readonly string[] }) {
  return (
    <div>
      <dt>{at}</dt>
      {texts.map((text) => (
        <dd key={text}>{text}</dd>
      ))}
    </div>
  );
}
