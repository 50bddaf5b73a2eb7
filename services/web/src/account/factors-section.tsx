import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { auth } from '../api/clients.ts';
import { Problem, unwrap } from '../api/problem.ts';
import { readAgain } from '../api/read-again.ts';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { Section } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { useProblemText } from '../ui/states.tsx';
import { say } from '../ui/toast.tsx';
import { FactorList, type Removal } from './factor-list.tsx';
import { factorsQuery } from './factors.ts';

/** What the person signs in with; it is set up at the sign-in pages. */
export function FactorsSection() {
  const { t } = useTranslation('account');
  const query = useQuery(factorsQuery);
  const { data: factors } = query;
  const [removal, setRemoval] = useState<Removal>();
  const { mutate: remove, isPending } = useRemoval(() => setRemoval(undefined));
  const body = () => {
    if (!factors) return <Pending query={query} rows={3} />;
    return <FactorList factors={factors} onRemove={setRemoval} />;
  };
  const about = () => {
    if (removal?.isLast) return t('factors.removeLastAbout');
    if (removal?.passkeyId) return t('factors.removePasskeyAbout');
    return t('factors.removeAuthenticatorAbout');
  };
  return (
    <Section title={t('factors.title')} lead={t('factors.lead')}>
      {body()}
      <ConfirmDialog
        isOpen={removal !== undefined}
        title={t('factors.removeTitle', { name: removal?.name })}
        detail={about()}
        action={t('remove')}
        isBusy={isPending}
        onCancel={() => setRemoval(undefined)}
        onConfirm={() => removal && remove(removal)}
      />
    </Section>
  );
}

/** Not before the answer: most often it first asks for a fresh sign-in. */
function useRemoval(onSettled: () => void) {
  const { t } = useTranslation('account');
  const textOf = useProblemText();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ passkeyId: id }: Removal) =>
      id === undefined
        ? unwrap(auth.DELETE('/users/me/factors/totp'))
        : unwrap(auth.DELETE('/users/me/factors/passkeys/{id}', { params: { path: { id } } })),
    onSuccess: (_, { name }) => say(t('factors.removed', { name })),
    onError: (error) => {
      if (error instanceof Problem && error.isSignInNeeded) return;
      say(textOf(error), { isProblem: true });
    },
    onSettled: () => {
      onSettled();
      return readAgain(queryClient, factorsQuery.queryKey);
    },
  });
}
