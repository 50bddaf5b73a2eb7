import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './button.tsx';
import styles from './toast.module.css';

const SHOWN_MS = 6_000;
/** More of them are hidden, the oldest first. */
const MAX_SHOWN = 5;

/** Outside of React's tree, so that calls that end later may speak, too. */
const manager = Toast.createToastManager();

interface SayOptions {
  /** A button, like “Undo”. */
  action?: { label: string; onPress: () => void };
  isProblem?: boolean;
  /** Called when it is gone, however it went. */
  onGone?: () => void;
}

/** Says something at the edge of the page, for six seconds. */
export function say(text: string, { action, isProblem = false, onGone }: SayOptions = {}): void {
  const id = manager.add({
    title: text,
    timeout: SHOWN_MS,
    type: isProblem ? 'problem' : 'note',
    priority: isProblem ? 'high' : 'low',
    ...(onGone ? { onRemove: onGone } : {}),
    ...(action
      ? {
          actionProps: {
            children: action.label,
            onClick: () => {
              action.onPress();
              manager.close(id);
            },
          },
        }
      : {}),
  });
}

export function Toasts() {
  const { t } = useTranslation();
  return (
    <Toast.Provider toastManager={manager} limit={MAX_SHOWN}>
      <Toast.Portal>
        <Toast.Viewport className={styles.viewport} aria-label={t('notifications')}>
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { t } = useTranslation();
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className={styles.toast} swipeDirection="down">
      <Toast.Content className={styles.content}>
        <Toast.Title className={styles.title} render={<p />} />
        {toast.actionProps && <Toast.Action render={<Button look="plain" />} />}
        <Toast.Close render={<IconButton label={t('close')} icon={<X />} />} />
      </Toast.Content>
    </Toast.Root>
  ));
}
