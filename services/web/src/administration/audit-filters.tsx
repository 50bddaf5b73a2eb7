import { getRouteApi } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Button, ButtonLink } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import styles from './audit.module.css';
import { fromLocalInput, toLocalInput } from './audit-times.ts';
import { useAuditTypes } from './audit-types.ts';
import { type AuditSearch, readAuditSearch } from './search.ts';

const route = getRouteApi('/administration/audit');
const NAMES = ['actor', 'subject', 'client_id'] as const;
const TIMES = ['since', 'until'] as const;

/** The address has what is chosen, so that it can be kept and passed on. */
export function AuditFilters({ filters }: { filters: AuditSearch }) {
  const { t } = useTranslation('administration');
  const navigate = route.useNavigate();
  const { words } = useAuditTypes();
  const { register, handleSubmit } = useForm<Required<AuditSearch>>({
    values: {
      type: '',
      actor: '',
      subject: '',
      client_id: '',
      ...filters,
      since: toLocalInput(filters.since),
      until: toLocalInput(filters.until),
    },
  });
  const apply = handleSubmit(({ since, until, ...rest }) => {
    const times = { since: fromLocalInput(since), until: fromLocalInput(until) };
    void navigate({ search: readAuditSearch({ ...rest, ...times }) });
  });
  return (
    <search>
      <form className={styles.filters} onSubmit={(event) => void apply(event)}>
        <SelectField label={t('audit.type')} {...register('type')}>
          <option value="">{t('audit.everything')}</option>
          {Object.entries(words).map(([group, acts]) => (
            <optgroup key={group} label={group}>
              <option value={`${group}.`}>{t('audit.allOf', { group })}</option>
              {Object.entries(acts).map(([act, text]) => (
                <option key={act} value={`${group}.${act}`}>
                  {text}
                </option>
              ))}
            </optgroup>
          ))}
        </SelectField>
        {NAMES.map((name) => (
          <TextField
            key={name}
            label={t(`audit.${name}`)}
            maxLength={256}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            {...register(name, { setValueAs: (text: string) => text.trim() })}
          />
        ))}
        {TIMES.map((name) => (
          <TextField
            key={name}
            type="datetime-local"
            label={t(`audit.${name}`)}
            {...register(name)}
          />
        ))}
        <div className={styles.filterActions}>
          <Button type="submit">{t('audit.apply')}</Button>
          {Object.keys(filters).length > 0 && (
            <ButtonLink look="plain" to="/administration/audit" search={{}}>
              {t('audit.clear')}
            </ButtonLink>
          )}
        </div>
      </form>
    </search>
  );
}
