import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { auth } from '../api/clients.ts';
import { unwrap } from '../api/problem.ts';
import { sessionQuery, signOut } from '../session/session.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Section } from '../ui/page.tsx';
import { CurrentPasswordField } from './current-password-field.tsx';
import { DialogForm } from './dialog-form.tsx';
import { useHasPassword } from './factors.ts';
import { NoPasswordYet } from './no-password-yet.tsx';
import { useFaultForm } from './use-fault-form.ts';

export function DeletionSection() {
  const { t } = useTranslation('account');
  const { data: session } = useQuery(sessionQuery);
  const hasPassword = useHasPassword();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  const username = session?.username ?? '';
  return (
    <Section title={t('deletion.title')} lead={t('deletion.about')}>
      <Button look="danger" onClick={() => setOpen(true)}>
        {t('deletion.open')}
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={close}
        title={t('deletion.dialogTitle')}
        detail={t('deletion.dialogAbout', { username })}
      >
        {hasPassword ? <DeletionForm username={username} onClose={close} /> : <NoPasswordYet />}
      </Dialog>
    </Section>
  );
}

function DeletionForm({ username, onClose }: { username: string; onClose: () => void }) {
  const { t } = useTranslation('account');
  const { register, onSubmit, faultAt, fault, isBusy } = useFaultForm({
    defaultValues: { typed: '', currentPassword: '' },
    fields: ['currentPassword'],
    send: async ({ currentPassword }) => {
      await unwrap(auth.DELETE('/users/me', { body: { currentPassword } }));
      // Out of the gateway and the sign-in pages, too, so that nothing asks for a sign-in.
      await signOut().catch(() => location.assign('/'));
    },
    onSent: () => undefined,
  });
  return (
    <DialogForm
      onSubmit={onSubmit}
      onCancel={onClose}
      action={t('deletion.confirm')}
      look="danger"
      isBusy={isBusy}
      fault={fault}
    >
      <TextField
        {...register('typed', {
          validate: (typed) => typed === username || t('deletion.notTheUsername'),
        })}
        label={t('deletion.typeUsername', { username })}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        error={faultAt('typed')}
      />
      <CurrentPasswordField
        {...register('currentPassword', { required: t('missing') })}
        error={faultAt('currentPassword')}
      />
    </DialogForm>
  );
}
