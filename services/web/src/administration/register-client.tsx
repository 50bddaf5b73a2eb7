import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { readAgain } from '../api/read-again.ts';
import { dropDraft, readDraft, useDraft } from '../session/use-draft.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Pending } from '../ui/pending.tsx';
import { BackLink } from './back-link.tsx';
import { ClientFields } from './client-fields.tsx';
import { ClientNatureFields } from './client-nature-fields.tsx';
import { type ClientValues, NEW_CLIENT, toRegistration } from './client-values.ts';
import styles from './clients.module.css';
import { type Client, registerClient, scopesQuery } from './clients-queries.ts';
import { useRefusal } from './use-refusal.ts';

const DRAFT = 'client';
const route = getRouteApi('/administration/clients');

export function RegisterClient({ onRegistered }: { onRegistered: (client: Client) => void }) {
  const { t } = useTranslation('administration');
  const query = useQuery(scopesQuery);
  const { data: scopes } = query;
  return (
    <>
      <BackLink to="/administration/clients">{t('clients.all')}</BackLink>
      <Page title={t('clients.register')} lead={t('clients.registerLead')}>
        {!scopes && <Pending query={query} />}
        {scopes && <RegistrationForm scopes={scopes} onRegistered={onRegistered} />}
      </Page>
    </>
  );
}

interface RegistrationFormProps {
  scopes: readonly string[];
  onRegistered: (client: Client) => void;
}

function RegistrationForm({ scopes, onRegistered }: RegistrationFormProps) {
  const { t } = useTranslation(['administration', 'common']);
  const navigate = route.useNavigate();
  const queryClient = useQueryClient();
  const form = useForm<ClientValues>({
    defaultValues: { ...NEW_CLIENT, ...readDraft<ClientValues>(DRAFT) },
  });
  useDraft(DRAFT, form);
  const refuse = useRefusal(form);
  const register = useMutation({
    mutationFn: async (values: ClientValues) => registerClient(toRegistration(values)),
    onSuccess: (client) => {
      dropDraft(DRAFT);
      onRegistered(client);
      void readAgain(queryClient, ['administration', 'clients']);
      void navigate({ search: { client: client.client_id } });
    },
    onError: refuse,
  });
  const { root } = form.formState.errors;
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={form.handleSubmit((values) => register.mutate(values))}
    >
      <ClientFields form={form} scopes={scopes}>
        <ClientNatureFields form={form} />
      </ClientFields>
      {root && (
        <p className={styles.problem} role="alert">
          {root.message}
        </p>
      )}
      <div className={styles.actions}>
        <Button type="submit" look="primary" isBusy={register.isPending}>
          {t('clients.register')}
        </Button>
        <ButtonLink
          look="plain"
          to="/administration/clients"
          search={{}}
          onClick={() => dropDraft(DRAFT)}
        >
          {t('common:cancel')}
        </ButtonLink>
      </div>
    </form>
  );
}
