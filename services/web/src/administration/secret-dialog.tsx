import { Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { say } from '../ui/toast.tsx';
import styles from './clients.module.css';
import type { Client } from './clients-queries.ts';

interface SecretDialogProps {
  client: Client | undefined;
  onClose: () => void;
}

/** A secret is shown this once, so nothing but its button closes it. */
export function SecretDialog({ client, onClose }: SecretDialogProps) {
  const { t } = useTranslation('administration');
  const secret = client?.client_secret ?? '';
  const copy = () => {
    navigator.clipboard.writeText(secret).then(
      () => say(t('clients.copied')),
      () => say(t('clients.notCopied'), { isProblem: true }),
    );
  };
  return (
    <ConfirmDialog
      isOpen={client !== undefined}
      look="primary"
      title={t('clients.secretTitle')}
      detail={t('clients.secretShownOnce', { name: client?.name ?? '' })}
      action={t('clients.secretStored')}
      onConfirm={onClose}
    >
      <div className={styles.secret}>
        <TextField
          label={t('clients.id')}
          value={client?.client_id ?? ''}
          readOnly
          onFocus={({ target }) => target.select()}
        />
        <TextField
          label={t('clients.secret')}
          value={secret}
          readOnly
          onFocus={({ target }) => target.select()}
        />
        <div>
          <Button icon={<Copy aria-hidden="true" />} onClick={copy}>
            {t('clients.copy')}
          </Button>
        </div>
      </div>
    </ConfirmDialog>
  );
}
