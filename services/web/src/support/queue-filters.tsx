import { useNavigate } from '@tanstack/react-router';
import { Search, X } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../ui/button.tsx';
import { Choice } from '../ui/choice.tsx';
import { TextField } from '../ui/field.tsx';
import styles from './queue-filters.module.css';
import { QUEUES, type Queue, readSupportSearch } from './support-search.ts';

interface QueueFiltersProps {
  queue: Queue;
  owner: string | undefined;
}

/** Which tickets an agent sees; in the address, so that it can be sent to a colleague. */
export function QueueFilters({ queue, owner }: QueueFiltersProps) {
  const { t } = useTranslation('support');
  const navigate = useNavigate({ from: '/support' });
  const [typed, setTyped] = useState(owner ?? '');
  const [seen, setSeen] = useState(owner);
  if (seen !== owner) {
    // Chosen elsewhere: by a link, or the way back.
    setSeen(owner);
    setTyped(owner ?? '');
  }
  const field = useRef<HTMLInputElement>(null);
  const show = (next: { status?: Queue; owner?: string | undefined }) =>
    void navigate({
      to: '.',
      search: (search) => readSupportSearch({ ...search, ...next }),
      replace: true,
    });
  const showPerson = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const person = typed.trim();
    show(person ? { owner: person, status: 'all' } : { owner: undefined });
  };
  return (
    <div className={styles.filters}>
      <Choice
        label={t('queue.status')}
        options={QUEUES.map((value) => ({ value, label: t(`queue.${value}`) }))}
        value={queue}
        onChange={(status) => show({ status })}
      />
      <form className={styles.person} onSubmit={showPerson}>
        <TextField
          label={t('queue.person')}
          isLabelHidden
          ref={field}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          placeholder={t('queue.personHint')}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={256}
        />
        <IconButton
          type="submit"
          label={t('queue.search')}
          icon={<Search aria-hidden="true" />}
          look="quiet"
        />
        {owner && (
          <IconButton
            label={t('queue.everyone')}
            icon={<X aria-hidden="true" />}
            onClick={() => {
              show({ owner: undefined });
              // The button goes away.
              field.current?.focus();
            }}
          />
        )}
      </form>
    </div>
  );
}
