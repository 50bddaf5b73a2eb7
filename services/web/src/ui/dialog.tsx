import { AlertDialog as BaseAlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './button.tsx';
import styles from './dialog.module.css';

interface DialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  detail?: ReactNode;
  children?: ReactNode;
}

/** What it said last, while it fades: what it is about is gone then, most often. */
function useLastShown<Shown>(isOpen: boolean, shown: Shown): Shown {
  const last = useRef(shown);
  useEffect(() => {
    if (isOpen) last.current = shown;
  });
  return isOpen ? shown : last.current;
}

/** Above the page, until it is closed; Escape and a press beside it close it. */
export function Dialog({ isOpen, onClose, ...shown }: DialogProps) {
  const { t } = useTranslation();
  const { title, detail, children } = useLastShown(isOpen, shown);
  return (
    <BaseDialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={styles.backdrop} />
        <BaseDialog.Popup className={styles.popup}>
          <BaseDialog.Title className={styles.title}>{title}</BaseDialog.Title>
          {detail && (
            <BaseDialog.Description className={styles.detail}>{detail}</BaseDialog.Description>
          )}
          {children}
          <div className={styles.close}>
            <BaseDialog.Close render={<IconButton label={t('close')} icon={<X />} />} />
          </div>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

interface ConfirmProps extends Omit<DialogProps, 'onClose'> {
  /** What will be done, on the button. */
  action: string;
  look?: 'primary' | 'danger';
  isBusy?: boolean;
  onConfirm: () => void;
  /** Absent where there is no way around it. */
  onCancel?: () => void;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog({
  isOpen,
  isBusy = false,
  onConfirm,
  onCancel,
  ...shown
}: ConfirmProps) {
  const { t } = useTranslation();
  const { title, detail, action, look = 'danger', children } = useLastShown(isOpen, shown);
  return (
    <BaseAlertDialog.Root open={isOpen} onOpenChange={(open) => !open && onCancel?.()}>
      <BaseAlertDialog.Portal>
        <BaseAlertDialog.Backdrop className={styles.backdrop} />
        <BaseAlertDialog.Popup className={styles.popup}>
          <BaseAlertDialog.Title className={styles.title}>{title}</BaseAlertDialog.Title>
          {detail && (
            <BaseAlertDialog.Description className={styles.detail}>
              {detail}
            </BaseAlertDialog.Description>
          )}
          {children}
          <div className={styles.actions}>
            {onCancel && <Button onClick={onCancel}>{t('cancel')}</Button>}
            <Button look={look} isBusy={isBusy} onClick={onConfirm}>
              {action}
            </Button>
          </div>
        </BaseAlertDialog.Popup>
      </BaseAlertDialog.Portal>
    </BaseAlertDialog.Root>
  );
}
