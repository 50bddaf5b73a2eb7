import { Monitor, Smartphone, Tablet, Terminal, Tv } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { Button } from '../ui/button.tsx';
import { Tag } from '../ui/tag.tsx';
import styles from './account.module.css';
import type { Device } from './device.ts';
import type { Session } from './sessions.ts';
import { useDeviceName } from './use-device-name.ts';

const ICONS = {
  desktop: Monitor,
  mobile: Smartphone,
  tablet: Tablet,
  tv: Tv,
  program: Terminal,
} satisfies Record<Device['kind'], unknown>;

export function SessionRow({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const { t } = useTranslation(['account', 'common']);
  const { ago, date } = useFormat();
  const { device, current, client_name: client, address, lastUsedAt, createdAt } = session;
  const Icon = ICONS[device.kind];
  const name = useDeviceName()(device);
  return (
    <li className={styles.withIcon}>
      <Icon className={styles.icon} aria-hidden="true" />
      <div>
        <p className={styles.name}>
          {name}
          {current && <Tag tone="accent">{t('sessions.current')}</Tag>}
        </p>
        <p className={styles.about}>{address ? `${client} · ${address}` : client}</p>
        <p className={styles.about}>
          {t('sessions.when', { ago: ago(lastUsedAt), date: date(createdAt) })}
        </p>
      </div>
      {current ? (
        <Button onClick={onEnd}>{t('common:signOut')}</Button>
      ) : (
        <Button onClick={onEnd} aria-label={t('sessions.endLabel', { device: name })}>
          {t('sessions.end')}
        </Button>
      )}
    </li>
  );
}
