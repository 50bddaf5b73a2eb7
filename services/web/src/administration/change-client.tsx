import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { dropDraft, readDraft, useDraft } from '../session/use-draft.ts';
import { Button } from '../ui/button.tsx';
import { say } from '../ui/toast.tsx';
import { ClientFields } from './client-fields.tsx';
import { type ClientValues, toChange, valuesOf } from './client-values.ts';
import styles from './clients.module.css';
import { type Client, changeClient, scopesQuery } from './clients-queries.ts';
import { useRefusal } from './use-refusal.ts';

export function ChangeClient({ client }: { client: Client }) {
  const { t } = useTranslation(['administration', 'common']);
  const draft = `client:${client.client_id}`;
  const queryClient = useQueryClient();
  // Without them its own scopes are offered.
  const { data: scopes = [] } = useQuery(scopesQuery);
  const form = useForm<ClientValues>({
    defaultValues: valuesOf(client),
    values: { ...valuesOf(client), ...readDraft<ClientValues>(draft) },
    resetOptions: { keepDirtyValues: true },
  });
  useDraft(draft, form);
  const refuse = useRefusal(form);
  const save = useMutation({
    mutationFn: (values: ClientValues) => changeClient(client.client_id, toChange(values)),
    onSuccess: (changed) => {
      dropDraft(draft);
      form.reset(valuesOf(changed));
      say(t('common:saved'));
      void queryClient.invalidateQueries({ queryKey: ['administration', 'clients'] });
    },
    onError: refuse,
  });
  const { root } = form.formState.errors;
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={form.handleSubmit((values) => save.mutate(values))}
    >
      <ClientFields form={form} scopes={scopes} />
      {root && (
        <p className={styles.problem} role="alert">
          {root.message}
        </p>
      )}
      <div className={styles.actions}>
        <Button type="submit" isBusy={save.isPending}>
          {t('common:save')}
        </Button>
      </div>
    </form>
  );
}
