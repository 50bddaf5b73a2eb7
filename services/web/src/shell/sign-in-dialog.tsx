import { useTranslation } from 'react-i18next';
import { goToSignIn } from '../session/session.ts';
import { dropSignInRequest, useSignInRequest } from '../session/sign-in-request.ts';
import { ConfirmDialog } from '../ui/dialog.tsx';

/** In the middle of work: what was typed is kept, and the person comes back to it. */
export function SignInDialog() {
  const { t } = useTranslation();
  const request = useSignInRequest();
  const isStepUp = request?.stepUp !== undefined;
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
