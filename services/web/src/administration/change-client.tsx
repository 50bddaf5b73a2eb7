import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { readAgain } from '../api/read-again.ts';
import { Button } from '../ui/button.tsx';
import { say } from '../ui/toast.tsx';
import { ClientFields } from './client-fields.tsx';
import { type ClientValues, toChange, valuesOf } from './client-values.ts';
import styles from './clients.module.css';
import { type Client, changeClient, clientQuery, scopesQuery } from './clients-queries.ts';
import { useChangesDraft } from './use-changes-draft.ts';
import { useRefusal } from './use-refusal.ts';

export function ChangeClient({ client }: { client: Client }) {
  const { t } = useTranslation(['administration', 'common']);
  const queryClient = useQueryClient();
  // Without them its own scopes are offered.
  const { data: scopes = [] } = useQuery(scopesQuery);
  const form = useForm<ClientValues>({
    defaultValues: valuesOf(client),
    values: valuesOf(client),
    resetOptions: { keepDirtyValues: true },
  });
  // `keepDirtyValues` needs the second one to be watched.
  const { isDirty, dirtyFields: _, errors } = form.formState;
  const dropChanges = useChangesDraft(client, form);
  const refuse = useRefusal(form);
  const save = useMutation({
    mutationFn: (values: ClientValues) => changeClient(client.client_id, toChange(values)),
    onSuccess: (changed) => {
      dropChanges();
      // First: the form takes over whatever the query has.
      queryClient.setQueryData(clientQuery(client.client_id).queryKey, changed);
      form.reset(valuesOf(changed));
      say(t('common:saved'));
      void readAgain(queryClient, ['administration', 'clients']);
    },
    onError: refuse,
  });
  const discard = () => {
    dropChanges();
    form.reset(valuesOf(client));
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={form.handleSubmit((values) => save.mutate(values))}
    >
      <ClientFields form={form} scopes={scopes} />
      {errors.root && (
        <p className={styles.problem} role="alert">
          {errors.root.message}
        </p>
      )}
      <div className={styles.actions}>
        <Button type="submit" isBusy={save.isPending}>
          {t('common:save')}
        </Button>
        {isDirty && (
          <Button look="plain" onClick={discard}>
            {t('clients.discard')}
          </Button>
        )}
      </div>
    </form>
  );
}
