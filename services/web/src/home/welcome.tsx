import { useTranslation } from 'react-i18next';
import { goToSignIn } from '../session/session.ts';
import { Button, ButtonAnchor } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import styles from './home.module.css';

/** For who is not signed in. */
export function Welcome() {
  const { t } = useTranslation(['home', 'common']);
  return (
    <div className={styles.welcome}>
      <Page title={t('home:welcomeTitle')} lead={t('home:welcomeLead')}>
        <div className={styles.ways}>
          <Button look="primary" onClick={() => goToSignIn()}>
            {t('common:signIn')}
          </Button>
          <ButtonAnchor href="/docs" look="plain">
            {t('common:apiDocumentation')}
          </ButtonAnchor>
        </div>
      </Page>
    </div>
  );
}
