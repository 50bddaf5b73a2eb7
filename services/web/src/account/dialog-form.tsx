import type { FormEventHandler, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import styles from './account.module.css';

interface Props {
  onSubmit: FormEventHandler<HTMLFormElement>;
  onCancel: () => void;
  /** What will be done, on the button. */
  action: string;
  look?: 'primary' | 'danger';
  isBusy: boolean;
  /** What is wrong with it as a whole. */
  fault: string | undefined;
  children: ReactNode;
}

/** A form in a dialog: what it says itself is for the person, not for the browser's own bubbles. */
export function DialogForm({
  onSubmit,
  onCancel,
  action,
  look = 'primary',
  isBusy,
  fault,
  children,
}: Props) {
  const { t } = useTranslation();
  return (
    <form className={styles.form} onSubmit={onSubmit} noValidate>
      {fault && (
        <p className={styles.fault} role="alert">
          {fault}
        </p>
      )}
      {children}
      <div className={styles.formActions}>
        <Button onClick={onCancel}>{t('cancel')}</Button>
        <Button type="submit" look={look} isBusy={isBusy}>
          {action}
        </Button>
      </div>
    </form>
  );
}
