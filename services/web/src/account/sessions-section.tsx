import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { auth } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { signOut } from '../session/session.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { Section } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { useProblemText } from '../ui/states.tsx';
import { say } from '../ui/toast.tsx';
import styles from './account.module.css';
import { SessionRow } from './session-row.tsx';
import { type Session, sessionsQuery } from './sessions.ts';
import { useEnding } from './use-ending.ts';

/** Where the person is signed in. */
export function SessionsSection() {
  const { t } = useTranslation('account');
  const query = useQuery(sessionsQuery);
  const { data: sessions } = query;
  const [isLeaving, setLeaving] = useState(false);
  const { mutate: end } = useEnding({
    queryKey: sessionsQuery.queryKey,
    send: ({ id }: Session) => unwrap(auth.DELETE('/sessions/{id}', { params: { path: { id } } })),
    isEnded: ({ id }, ended) => id === ended.id,
    said: () => t('sessions.ended'),
  });
  const body = () => {
    if (!sessions) return <Pending query={query} rows={3} />;
    return (
      <ul className={styles.rows}>
        {sessions.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            onEnd={() => (session.current ? setLeaving(true) : end(session))}
          />
        ))}
      </ul>
    );
  };
  return (
    <Section
      title={t('sessions.title')}
      lead={t('sessions.lead')}
      actions={sessions?.some(({ current }) => !current) && <EndOthers />}
    >
      {body()}
      <Leaving isOpen={isLeaving} onCancel={() => setLeaving(false)} />
    </Section>
  );
}

function EndOthers() {
  const { t } = useTranslation('account');
  const [isOpen, setOpen] = useState(false);
  const { mutate: endOthers } = useEnding({
    queryKey: sessionsQuery.queryKey,
    send: () => unwrap(auth.DELETE('/sessions', { params: { query: { keep: 'current' } } })),
    isEnded: ({ current }) => !current,
    said: () => t('sessions.endedOthers'),
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('sessions.endOthers')}</Button>
      <ConfirmDialog
        isOpen={isOpen}
        title={t('sessions.endOthersTitle')}
        detail={t('sessions.endOthersAbout')}
        action={t('sessions.endOthers')}
        onCancel={() => setOpen(false)}
        onConfirm={() => {
          setOpen(false);
          endOthers();
        }}
      />
    </>
  );
}

/** The session of this device ends as by the menu: out of the sign-in pages, too. */
function Leaving({ isOpen, onCancel }: { isOpen: boolean; onCancel: () => void }) {
  const { t } = useTranslation(['account', 'common']);
  const textOf = useProblemText();
  const { mutate: leave, isPending } = useMutation({
    mutationFn: signOut,
    onError: (error) => say(textOf(error), { isProblem: true }),
  });
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={t('sessions.signOutTitle')}
      detail={t('sessions.signOutAbout')}
      action={t('common:signOut')}
      isBusy={isPending}
      onCancel={onCancel}
      onConfirm={() => leave()}
    />
  );
}
