import { useTranslation } from 'react-i18next';
import { Tag } from '../ui/tag.tsx';
import type { Ticket } from './ticket-queries.ts';

const TONES = { open: 'caution', answered: 'accent', closed: 'plain' } as const;

export function TicketStatus({ status }: Pick<Ticket, 'status'>) {
  const { t } = useTranslation('support');
  return <Tag tone={TONES[status]}>{t(`status.${status}`)}</Tag>;
}
