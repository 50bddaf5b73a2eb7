import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { auth } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { profileQuery } from '../session/session.ts';
import { dropDraft, hasDraft, readDraft, useDraft } from '../session/use-draft.ts';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { say } from '../ui/toast.tsx';
import { CurrentPasswordField } from './current-password-field.tsx';
import { DialogForm } from './dialog-form.tsx';
import { useHasPassword } from './factors.ts';
import { NoPasswordYet } from './no-password-yet.tsx';
import { useFaultForm } from './use-fault-form.ts';

const DRAFT = 'email';

/** Whether somebody was about to change it when the page went away for a sign-in. */
export const wasChangingEmail = (): boolean => hasDraft(DRAFT);

interface Values {
  email: string;
  currentPassword: string;
}

interface Props {
  isOpen: boolean;
  onClose: () => void;
  /** As it is now. */
  email: string | null;
}

export function EmailDialog({ isOpen, onClose, email }: Props) {
  const { t } = useTranslation('account');
  const hasPassword = useHasPassword();
  const close = () => {
    dropDraft(DRAFT);
    onClose();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={t('email.changeTitle')}
      detail={t('email.changeAbout')}
    >
      {hasPassword ? <EmailForm email={email} onClose={close} /> : <NoPasswordYet />}
    </Dialog>
  );
}

function EmailForm({ email: before, onClose }: Omit<Props, 'isOpen'>) {
  const { t } = useTranslation(['account', 'common']);
  const queryClient = useQueryClient();
  const { register, watch, onSubmit, faultAt, fault, isBusy } = useFaultForm<Values>({
    defaultValues: { email: before ?? '', currentPassword: '', ...readDraft<Values>(DRAFT) },
    fields: ['email', 'currentPassword'],
    send: async ({ email, currentPassword }) => {
      const body = { email: email.trim() || null, currentPassword };
      queryClient.setQueryData(
        profileQuery.queryKey,
        await unwrap(auth.PATCH('/users/me', { body })),
      );
    },
    onSent: () => {
      const { email, emailVerified } = queryClient.getQueryData(profileQuery.queryKey) ?? {};
      if (!email) say(t('email.removed'));
      else say(emailVerified ? t('email.kept') : t('email.sent', { email }));
      onClose();
    },
  });
  useDraft(DRAFT, { watch }, 'currentPassword');
  return (
    <DialogForm
      onSubmit={onSubmit}
      onCancel={onClose}
      action={t('common:save')}
      isBusy={isBusy}
      fault={fault}
    >
      <TextField
        {...register('email')}
        label={t('email.field')}
        hint={t('email.hint')}
        type="email"
        autoComplete="email"
        error={faultAt('email')}
      />
      <CurrentPasswordField
        {...register('currentPassword', { required: t('missing') })}
        error={faultAt('currentPassword')}
      />
    </DialogForm>
  );
}
