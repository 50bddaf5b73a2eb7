import { Send } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { dropDraft, readDraft, useDraft } from '../session/use-draft.ts';
import { Button } from '../ui/button.tsx';
import { TextArea } from '../ui/field.tsx';
import styles from './answer-form.module.css';
import { MAX_MESSAGE_LENGTH } from './message-length.ts';
import { useSendMessage } from './use-send-message.ts';

interface Answer {
  text: string;
}

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Where the next message is written; kept as a draft until it is sent. */
export function AnswerForm({ ticketId }: { ticketId: string }) {
  const { t } = useTranslation('support');
  const draft = `ticket-${ticketId}`;
  const form = useForm<Answer>({ defaultValues: { text: '', ...readDraft<Answer>(draft) } });
  useDraft(draft, form);
  const send = useSendMessage(ticketId);
  const submit = form.handleSubmit(({ text }) => {
    send(text.trim());
    form.reset({ text: '' });
    dropDraft(draft);
    form.setFocus('text');
  });
  const sendByKeys = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void submit();
  };
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <TextArea
        label={t('conversation.write')}
        isLabelHidden
        placeholder={t('conversation.placeholder')}
        rows={2}
        error={form.formState.errors.text?.message}
        onKeyDown={sendByKeys}
        {...form.register('text', {
          validate: (text) => text.trim() !== '' || t('conversation.missing'),
          maxLength: {
            value: MAX_MESSAGE_LENGTH,
            message: t('form.tooLong', { count: MAX_MESSAGE_LENGTH }),
          },
        })}
      />
      <div className={styles.foot}>
        <p className={styles.hint}>
          {t('conversation.shortcut', { keys: IS_APPLE ? '⌘ Enter' : 'Ctrl+Enter' })}
        </p>
        <Button type="submit" look="primary" icon={<Send aria-hidden="true" />}>
          {t('conversation.send')}
        </Button>
      </div>
    </form>
  );
}
