import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from './ticket-queries.ts';
import { useAuthorName } from './use-author-name.ts';

/** Reads out what others write while the conversation is open. */
export function Arrivals({ messages }: { messages: readonly Message[] }) {
  const { t } = useTranslation('support');
  const { isMe, nameOf } = useAuthorName();
  const lastId = messages.at(-1)?.id ?? 0;
  const knownId = useRef(lastId);
  const [arrived, setArrived] = useState<Message[]>([]);
  useEffect(() => {
    const news = messages.filter(({ id, author }) => id > knownId.current && !isMe(author));
    knownId.current = lastId;
    if (news.length > 0) setArrived(news);
  });
  return (
    <div role="status" className="visually-hidden">
      {arrived.map(({ id, author, text }) => (
        <p key={id}>{t('conversation.arrived', { name: nameOf(author), text })}</p>
      ))}
    </div>
  );
}
