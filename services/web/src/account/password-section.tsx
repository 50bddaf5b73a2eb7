import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { auth } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { readAgain } from '../api/read-again.ts';
import { Button, ButtonAnchor } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Section } from '../ui/page.tsx';
import { say } from '../ui/toast.tsx';
import { CurrentPasswordField } from './current-password-field.tsx';
import { DialogForm } from './dialog-form.tsx';
import { SECURITY_PAGE, useHasPassword } from './factors.ts';
import { sessionsQuery } from './sessions.ts';
import { useFaultForm } from './use-fault-form.ts';

export function PasswordSection() {
  const { t } = useTranslation('account');
  const hasPassword = useHasPassword();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  if (!hasPassword) {
    return (
      <Section
        title={t('password.title')}
        lead={t('password.none')}
        actions={<ButtonAnchor href={SECURITY_PAGE}>{t('password.set')}</ButtonAnchor>}
      />
    );
  }
  return (
    <Section
      title={t('password.title')}
      lead={t('password.about')}
      actions={<Button onClick={() => setOpen(true)}>{t('password.change')}</Button>}
    >
      <Dialog
        isOpen={isOpen}
        onClose={close}
        title={t('password.changeTitle')}
        detail={t('password.changeAbout')}
      >
        <PasswordForm onClose={close} />
      </Dialog>
    </Section>
  );
}

function PasswordForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('account');
  const queryClient = useQueryClient();
  const { register, onSubmit, faultAt, fault, isBusy } = useFaultForm({
    defaultValues: { currentPassword: '', newPassword: '' },
    fields: ['currentPassword', 'newPassword'],
    send: (body) => unwrap(auth.PUT('/users/me/password', { body })),
    onSent: () => {
      say(t('password.changed'));
      void readAgain(queryClient, sessionsQuery.queryKey);
      onClose();
    },
  });
  return (
    <DialogForm
      onSubmit={onSubmit}
      onCancel={onClose}
      action={t('password.save')}
      isBusy={isBusy}
      fault={fault}
    >
      <CurrentPasswordField
        {...register('currentPassword', { required: t('missing') })}
        error={faultAt('currentPassword')}
      />
      <TextField
        {...register('newPassword', { required: t('missing') })}
        label={t('password.new')}
        hint={t('password.hint')}
        type="password"
        autoComplete="new-password"
        error={faultAt('newPassword')}
      />
    </DialogForm>
  );
}
