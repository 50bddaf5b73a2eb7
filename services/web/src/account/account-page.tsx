import { useTranslation } from 'react-i18next';
import { Page } from '../ui/page.tsx';
import styles from './account.module.css';
import { AppsSection } from './apps-section.tsx';
import { Contents, PARTS } from './contents.tsx';
import { DeletionSection } from './deletion-section.tsx';
import { FactorsSection } from './factors-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { ProfileSection } from './profile-section.tsx';
import { SessionsSection } from './sessions-section.tsx';

const SECTIONS = {
  profile: ProfileSection,
  password: PasswordSection,
  factors: FactorsSection,
  sessions: SessionsSection,
  apps: AppsSection,
  deletion: DeletionSection,
};

export function AccountPage() {
  const { t } = useTranslation('account');
  return (
    <Page title={t('title')} lead={t('lead')} width="wide">
      <div className={styles.columns}>
        <div className={styles.parts}>
          {PARTS.map((part) => {
            const Part = SECTIONS[part];
            return (
              <div key={part} id={part} className={styles.part}>
                <Part />
              </div>
            );
          })}
        </div>
        <Contents />
      </div>
    </Page>
  );
}
