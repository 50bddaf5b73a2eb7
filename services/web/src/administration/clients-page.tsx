import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { ClientList } from './client-list.tsx';
import { ClientView } from './client-view.tsx';
import type { Client } from './clients-queries.ts';
import { RegisterClient } from './register-client.tsx';
import { SecretDialog } from './secret-dialog.tsx';

const route = getRouteApi('/administration/clients');

export function ClientsPage() {
  const { client, register } = route.useSearch();
  const [withSecret, setWithSecret] = useState<Client>();
  const show = (answer: Client) => answer.client_secret && setWithSecret(answer);
  return (
    <>
      {register && <RegisterClient onRegistered={show} />}
      {!register && client && <ClientView key={client} id={client} onSecret={show} />}
      {!register && !client && <ClientList />}
      <SecretDialog client={withSecret} onClose={() => setWithSecret(undefined)} />
    </>
  );
}
