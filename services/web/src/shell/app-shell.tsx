import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { readAgain } from '../api/read-again.ts';
import { listenLive } from '../session/live.ts';
import { askIfSignedOut, askUnlessSignedIn } from '../session/look-again.ts';
import { sessionQuery } from '../session/session.ts';
import { Toasts } from '../ui/toast.tsx';
import styles from './app-shell.module.css';
import { Navigation } from './navigation.tsx';
import { OfflineBanner } from './offline-banner.tsx';
import { SignInDialog } from './sign-in-dialog.tsx';
import { usePageFocus } from './use-page-focus.ts';

/** What is around every page. */
export function AppShell() {
  const { t } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  const isSignedIn = session?.signedIn ?? false;
  useLiveUpdates(isSignedIn);
  usePageFocus();
  return (
    <>
      <a className={styles.skip} href="#content">
        {t('skipToContent')}
      </a>
      <div className={styles.shell} data-signed-in={isSignedIn || undefined}>
        <Navigation />
        <div className={styles.column}>
          <OfflineBanner />
          <main id="content" className={styles.content} tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <SignInDialog />
      <Toasts />
    </>
  );
}

function useLiveUpdates(isSignedIn: boolean): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!isSignedIn) return;
    return listenLive((event) => {
      if (event.type === 'ended') return void askUnlessSignedIn(queryClient);
      if (event.type === 'may-have-ended') return void askIfSignedOut(queryClient);
      void readAgain(queryClient, ['tickets']);
    });
  }, [isSignedIn, queryClient]);
}
