import { BookOpen, Languages, LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, LANGUAGES, type Language } from '../i18n/i18n.ts';
import { goToSignIn, type Session, signOut } from '../session/session.ts';
import { Button } from '../ui/button.tsx';
import { Menu, MenuItem } from '../ui/menu.tsx';
import { useProblemText } from '../ui/states.tsx';
import { say } from '../ui/toast.tsx';
import styles from './navigation.module.css';

/** Who is signed in, and what goes with that. */
export function PersonMenu({ session }: { session: Session | undefined }) {
  const { t, i18n } = useTranslation();
  const textOf = useProblemText();
  const others = (Object.keys(LANGUAGES) as Language[]).filter(
    (language) => language !== i18n.language,
  );
  const fail = (error: unknown) => say(textOf(error), { isProblem: true });
  const languages = others.map((language) => (
    <MenuItem
      key={language}
      icon={<Languages aria-hidden="true" />}
      onPress={() => void chooseLanguage(language).catch(fail)}
    >
      <span lang={language}>{LANGUAGES[language]}</span>
    </MenuItem>
  ));
  const { username } = session ?? {};
  return (
    <div className={styles.person}>
      {username ? (
        <Menu
          trigger={
            <button type="button" className={styles.personButton}>
              <span className={styles.initial} aria-hidden="true">
                {username.slice(0, 1)}
              </span>
              <span className={styles.personName}>{username}</span>
            </button>
          }
        >
          {languages}
          <MenuItem icon={<BookOpen aria-hidden="true" />} onPress={() => location.assign('/docs')}>
            {t('apiDocumentation')}
          </MenuItem>
          <MenuItem icon={<LogOut aria-hidden="true" />} onPress={() => void signOut().catch(fail)}>
            {t('signOut')}
          </MenuItem>
        </Menu>
      ) : (
        <div className={styles.stranger}>
          <Menu
            trigger={
              <Button look="plain" icon={<Languages aria-hidden="true" />}>
                {t('language')}
              </Button>
            }
          >
            {languages}
          </Menu>
          <Button onClick={() => goToSignIn()}>{t('signIn')}</Button>
        </div>
      )}
    </div>
  );
}
