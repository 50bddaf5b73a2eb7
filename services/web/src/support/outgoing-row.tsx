import { onlineManager } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import styles from './conversation.module.css';
import { dropMessage, type OutgoingMessage } from './outbox.ts';
import { useSendMessage } from './use-send-message.ts';

/** One's own message until the service has it. */
export function OutgoingRow({ ticketId, message }: { ticketId: string; message: OutgoingMessage }) {
  const { t } = useTranslation(['support', 'common']);
  const send = useSendMessage(ticketId);
  const isOnline = useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
  const { key, text, failure } = message;
  const state = () => {
    if (failure === 'closed') return t('conversation.failedClosed');
    if (failure) return t('conversation.failed');
    return isOnline ? t('conversation.sending') : t('conversation.waiting');
  };
  return (
    <li className={styles.message} data-mine data-failed={failure !== undefined || undefined}>
      <p className={styles.head}>
        <strong>{t('conversation.you')}</strong>
        <span role="status">{state()}</span>
      </p>
      <p className={styles.text}>{text}</p>
      {failure && (
        <div className={styles.actions}>
          <Button onClick={() => send(text, key)}>{t('common:retry')}</Button>
          <Button look="plain" onClick={() => dropMessage(ticketId, key)}>
            {t('conversation.drop')}
          </Button>
        </div>
      )}
    </li>
  );
}
