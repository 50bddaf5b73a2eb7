import { KeyRound, LifeBuoy, Smartphone } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { components } from '../../generated/auth-service.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Button, ButtonAnchor } from '../ui/button.tsx';
import { Tag } from '../ui/tag.tsx';
import styles from './account.module.css';
import listStyles from './factor-list.module.css';
import { SECURITY_PAGE } from './factors.ts';

/** One to be removed: a passkey by its id, or the authenticator app. */
export interface Removal {
  passkeyId?: string;
  name: string;
  isLast: boolean;
}

interface Props {
  factors: components['schemas']['Factors'];
  onRemove: (removal: Removal) => void;
}

export function FactorList({ factors, onRemove }: Props) {
  const { t } = useTranslation('account');
  const usesOf = useUses();
  const { passkeys, totp, recoveryCodesLeft } = factors;
  const count = passkeys.length + (totp ? 1 : 0);
  const isLast = count === 1;
  const remove = (removal: Omit<Removal, 'isLast'>) => (
    <Button
      onClick={() => onRemove({ ...removal, isLast })}
      aria-label={t('factors.removeLabel', { name: removal.name })}
    >
      {t('remove')}
    </Button>
  );
  return (
    <ul className={styles.rows}>
      <li className={`${styles.withIcon} ${styles.stacks}`}>
        <KeyRound className={styles.icon} aria-hidden="true" />
        <About title={t('factors.passkeys')}>{t('factors.passkeysAbout')}</About>
        <ButtonAnchor href={SECURITY_PAGE}>{t('factors.addPasskey')}</ButtonAnchor>
        {passkeys.length > 0 && (
          <ul className={listStyles.passkeys}>
            {passkeys.map(({ id, name, synced, ...uses }) => (
              <li key={id}>
                <div>
                  <p className={styles.name}>{name}</p>
                  <p className={styles.about}>
                    {[...usesOf(uses), ...(synced ? [t('factors.synced')] : [])].join(' · ')}
                  </p>
                </div>
                {remove({ passkeyId: id, name })}
              </li>
            ))}
          </ul>
        )}
      </li>
      <li className={`${styles.withIcon} ${styles.stacks}`}>
        <Smartphone className={styles.icon} aria-hidden="true" />
        <About
          title={t('factors.authenticator')}
          state={totp && <Tag tone="accent">{t('factors.isOn')}</Tag>}
        >
          {totp ? usesOf(totp).join(' · ') : t('factors.authenticatorAbout')}
        </About>
        {totp ? (
          remove({ name: t('factors.authenticator') })
        ) : (
          <ButtonAnchor href={SECURITY_PAGE}>
            {t('factors.setUp')}
            <span className="visually-hidden"> {t('factors.authenticator')}</span>
          </ButtonAnchor>
        )}
      </li>
      {count > 0 && (
        <li className={`${styles.withIcon} ${styles.stacks}`}>
          <LifeBuoy className={styles.icon} aria-hidden="true" />
          <About
            title={t('factors.recovery')}
            state={
              <Tag tone={recoveryCodesLeft > 2 ? 'plain' : 'caution'}>
                {t('factors.recoveryLeft', { count: recoveryCodesLeft })}
              </Tag>
            }
          >
            {t('factors.recoveryAbout')}
          </About>
          <ButtonAnchor href={SECURITY_PAGE}>{t('factors.renewRecovery')}</ButtonAnchor>
        </li>
      )}
    </ul>
  );
}

function About({
  title,
  state,
  children,
}: {
  title: string;
  state?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div>
      <div className={styles.name}>
        <h3>{title}</h3>
        {state}
      </div>
      <p className={styles.about}>{children}</p>
    </div>
  );
}

function useUses() {
  const { t } = useTranslation('account');
  const { ago, date } = useFormat();
  return ({ createdAt, lastUsedAt }: { createdAt: string; lastUsedAt: string | null }) => [
    t('factors.added', { date: date(createdAt) }),
    ...(lastUsedAt ? [t('factors.used', { ago: ago(lastUsedAt) })] : []),
  ];
}
