import { useQuery } from '@tanstack/react-query';
import { ArrowDown } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { Pending } from '../ui/pending.tsx';
import { Arrivals } from './arrivals.tsx';
import styles from './conversation.module.css';
import { dropArrived, type OutgoingMessage, useOutbox } from './outbox.ts';
import { OutgoingRow } from './outgoing-row.tsx';
import { conversationQuery, type Message } from './ticket-queries.ts';
import { useAuthorName } from './use-author-name.ts';
import { useFollowEnd } from './use-follow-end.ts';

export function Conversation({ ticketId }: { ticketId: string }) {
  const query = useQuery(conversationQuery(ticketId));
  const outbox = useOutbox(ticketId);
  if (!query.data) {
    return (
      <div className={styles.frame}>
        <div className={styles.pending}>
          <Pending query={query} rows={3} />
        </div>
      </div>
    );
  }
  return <Messages ticketId={ticketId} messages={query.data.messages} outbox={outbox} />;
}

interface MessagesProps {
  ticketId: string;
  messages: readonly Message[];
  outbox: readonly OutgoingMessage[];
}

function Messages({ ticketId, messages, outbox }: MessagesProps) {
  const { t } = useTranslation('support');
  const scroller = useRef<HTMLElement>(null);
  const { isMe } = useAuthorName();
  const lastWritten = outbox.at(-1)?.key;
  const { hasUnseen, goToEnd, onScroll } = useFollowEnd(scroller, messages.at(-1)?.id);
  useEffect(() => {
    // What one writes oneself is always shown.
    if (lastWritten !== undefined) goToEnd();
  }, [lastWritten, goToEnd]);
  useEffect(() => {
    dropArrived(
      ticketId,
      messages.filter(({ author }) => isMe(author)),
    );
  });
  return (
    <div className={styles.frame}>
      <section
        ref={scroller}
        className={styles.scroller}
        aria-label={t('conversation.label')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, with the arrow keys, too.
        tabIndex={0}
        onScroll={onScroll}
      >
        <ol className={styles.messages}>
          {messages.map((message) => (
            <MessageRow key={message.id} message={message} />
          ))}
          {outbox.map((message) => (
            <OutgoingRow key={message.key} ticketId={ticketId} message={message} />
          ))}
        </ol>
      </section>
      {hasUnseen && (
        <button type="button" className={styles.unseen} onClick={goToEnd}>
          <ArrowDown aria-hidden="true" />
          {t('conversation.unseen')}
        </button>
      )}
      <Arrivals messages={messages} />
    </div>
  );
}

function MessageRow({ message: { author, text, createdAt } }: { message: Message }) {
  const format = useFormat();
  const { nameOf, isMe } = useAuthorName();
  return (
    <li className={styles.message} data-mine={isMe(author) || undefined}>
      <p className={styles.head}>
        <strong>{nameOf(author)}</strong>
        <time dateTime={createdAt}>{format.dateTime(createdAt)}</time>
      </p>
      <p className={styles.text}>{text}</p>
    </li>
  );
}
