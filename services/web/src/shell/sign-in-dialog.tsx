import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { isSignedInNow } from '../session/look-again.ts';
import { goToSignIn } from '../session/session.ts';
import { dropSignInRequest, useSignInRequest } from '../session/sign-in-request.ts';
import { ConfirmDialog } from '../ui/dialog.tsx';

/** In the middle of work: the person comes back to where they were. */
export function SignInDialog() {
  const { t } = useTranslation();
  const request = useSignInRequest();
  const isStepUp = request?.stepUp !== undefined;
  useSignInElsewhere(request !== undefined && !isStepUp);
  return (
    <ConfirmDialog
      isOpen={request !== undefined}
      look="primary"
      title={isStepUp ? t('confirmTitle') : t('signInAgainTitle')}
      detail={isStepUp ? t('confirmDetail') : t('signInAgainDetail')}
      action={isStepUp ? t('confirm') : t('signIn')}
      onConfirm={() => goToSignIn(request?.stepUp)}
      onCancel={dropSignInRequest}
    />
  );
}

/** Takes the question away when the person has signed in in another tab. */
function useSignInElsewhere(isAsking: boolean): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!isAsking) return;
    const stopped = new AbortController();
    const { signal } = stopped;
    const look = async () => {
      if (document.hidden || !(await isSignedInNow(queryClient)) || signal.aborted) return;
      dropSignInRequest();
      // What was refused meanwhile.
      await queryClient.refetchQueries({
        type: 'active',
        predicate: ({ state }) => state.error !== null,
      });
    };
    window.addEventListener('focus', look, { signal });
    document.addEventListener('visibilitychange', look, { signal });
    return () => stopped.abort();
  }, [isAsking, queryClient]);
}
