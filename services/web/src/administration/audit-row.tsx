import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { Tag } from '../ui/tag.tsx';
import styles from './audit.module.css';
import type { AuditEvent } from './audit-query.ts';
import { isAlarming, useAuditTypes } from './audit-types.ts';
import { Code, Facts } from './rows.tsx';

/** One line, which opens to all that was recorded. */
export function AuditRow({ event }: { event: AuditEvent }) {
  const { t } = useTranslation('administration');
  const format = useFormat();
  const { wordsOf } = useAuditTypes();
  const { type, at, actor, subject } = event;
  return (
    <li className={styles.event}>
      <details>
        <summary className={styles.summary}>
          <ChevronRight aria-hidden="true" />
          <span className={styles.what}>
            {isAlarming(type) ? <Tag tone="danger">{wordsOf(type)}</Tag> : wordsOf(type)}
          </span>
          <span className={styles.who}>
            {subject && subject !== actor
              ? t('audit.actorAndSubject', { actor: actor ?? t('audit.nobody'), subject })
              : (actor ?? subject ?? t('audit.nobody'))}
          </span>
          <time className={styles.when} dateTime={at}>
            {format.ago(at)}
            <span>{format.dateTime(at)}</span>
          </time>
        </summary>
        <Details event={event} />
      </details>
    </li>
  );
}

function Details({ event }: { event: AuditEvent }) {
  const { t } = useTranslation('administration');
  const { type, at, actor, subject, client_id: client, address, requestId, details } = event;
  const facts: [string, ReactNode][] = [
    [t('audit.type'), <Code key="type">{type}</Code>],
    [t('audit.time'), <Code key="time">{at}</Code>],
  ];
  if (actor) facts.push([t('audit.actor'), <FilterLink key="actor" name="actor" value={actor} />]);
  if (subject) {
    facts.push([t('audit.subject'), <FilterLink key="subject" name="subject" value={subject} />]);
  }
  if (client) {
    facts.push([t('audit.client_id'), <FilterLink key="client" name="client_id" value={client} />]);
  }
  if (address) facts.push([t('audit.address'), <Code key="address">{address}</Code>]);
  if (requestId) facts.push([t('audit.requestId'), <Code key="request">{requestId}</Code>]);
  for (const [name, value] of Object.entries((details as object | null) ?? {})) {
    facts.push([name, <Code key={name}>{asText(value)}</Code>]);
  }
  return (
    <div className={styles.details}>
      <Facts facts={facts} />
    </div>
  );
}

/** To all events with the same. */
function FilterLink({ name, value }: { name: 'actor' | 'subject' | 'client_id'; value: string }) {
  return (
    <Link to="/administration/audit" search={{ [name]: value }}>
      {value}
    </Link>
  );
}

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
