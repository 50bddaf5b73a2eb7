import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sessionQuery, useHasRole } from '../session/session.ts';
import type { Message } from './ticket-queries.ts';

type Author = Message['author'];

/** What the authors of messages are called; agents see which colleague it was. */
export function useAuthorName() {
  const { t } = useTranslation('support');
  const { data: session } = useQuery(sessionQuery);
  const isAgent = useHasRole('agent');
  const isMe = ({ username }: Author) => username === session?.username;
  const nameOf = (author: Author) => {
    const { username } = author;
    if (isMe(author)) return t('conversation.you');
    if (!author.agent) return username;
    return isAgent ? t('conversation.supportAgent', { username }) : t('conversation.support');
  };
  return { isMe, nameOf };
}
