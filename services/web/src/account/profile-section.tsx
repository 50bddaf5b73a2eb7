import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { profileQuery } from '../session/session.ts';
import { Button } from '../ui/button.tsx';
import { Section } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { Tag } from '../ui/tag.tsx';
import { EmailDialog, wasChangingEmail } from './email-dialog.tsx';
import styles from './profile-section.module.css';

type Role = 'user' | 'agent' | 'admin';
const isKnown = (role: string): role is Role => ['user', 'agent', 'admin'].includes(role);

export function ProfileSection() {
  const { t } = useTranslation('account');
  const { date } = useFormat();
  const query = useQuery(profileQuery);
  const { data: profile } = query;
  const body = () => {
    if (!profile) return <Pending query={query} rows={4} />;
    return (
      <dl className={styles.facts}>
        <div>
          <dt>{t('profile.username')}</dt>
          <dd>
            <p>{profile.username}</p>
            <p className={styles.about}>{t('profile.usernameFixed')}</p>
          </dd>
        </div>
        <Email email={profile.email} isConfirmed={profile.emailVerified} />
        <div>
          <dt>{t('profile.memberSince')}</dt>
          <dd>
            <time dateTime={profile.createdAt}>{date(profile.createdAt)}</time>
          </dd>
        </div>
        <div>
          <dt>{t('profile.roles')}</dt>
          <dd>
            <ul>
              {profile.roles.map((role) => (
                <li key={role}>{isKnown(role) ? t(`profile.role.${role}`) : role}</li>
              ))}
            </ul>
          </dd>
        </div>
      </dl>
    );
  };
  return <Section title={t('profile.title')}>{body()}</Section>;
}

function Email({ email, isConfirmed }: { email: string | null; isConfirmed: boolean }) {
  const { t } = useTranslation('account');
  const [isChanging, setChanging] = useState(wasChangingEmail);
  const about = email === null ? t('email.noneAbout') : t('email.unconfirmedAbout');
  return (
    <div>
      <dt>{t('email.title')}</dt>
      <dd className={styles.email}>
        <p>{email ?? t('email.none')}</p>
        {email !== null && (
          <Tag tone={isConfirmed ? 'accent' : 'caution'}>
            {isConfirmed ? t('email.confirmed') : t('email.unconfirmed')}
          </Tag>
        )}
        {!isConfirmed && <p className={styles.about}>{about}</p>}
      </dd>
      <dd className={styles.action}>
        <Button onClick={() => setChanging(true)}>
          {email === null ? t('email.add') : t('change')}
          {email !== null && <span className="visually-hidden"> {t('email.title')}</span>}
        </Button>
      </dd>
      <EmailDialog isOpen={isChanging} onClose={() => setChanging(false)} email={email} />
    </div>
  );
}
