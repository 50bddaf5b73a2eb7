import { useTranslation } from 'react-i18next';
import { type Client, changeClient, disableClient, replaceSecretOf } from './clients-queries.ts';
import { ConfirmedAction } from './confirmed-action.tsx';
import { Row, Rows } from './rows.tsx';

interface ClientActionsProps {
  client: Client;
  onSecret: (client: Client) => void;
}

export function ClientActions({ client, onSecret }: ClientActionsProps) {
  const { t } = useTranslation('administration');
  const { client_id: id, name } = client;
  return (
    <Rows label={t('clients.access')}>
      {client.authentication.startsWith('client_secret') && (
        <Row
          title={t('clients.secret')}
          detail={t('clients.secretDetail')}
          aside={
            <ConfirmedAction
              label={t('clients.replaceSecret')}
              question={t('clients.replaceSecretQuestion', { name })}
              detail={t('clients.replaceSecretDetail')}
              done={t('clients.secretReplaced')}
              run={() => replaceSecretOf(id)}
              onDone={onSecret}
            />
          }
        />
      )}
      {client.disabledAt ? (
        <Row
          title={t('clients.disabled')}
          detail={t('clients.enableDetail')}
          aside={
            <ConfirmedAction
              label={t('clients.enable')}
              question={t('clients.enableQuestion', { name })}
              detail={t('clients.enableDetail')}
              done={t('clients.enabledDone', { name })}
              run={() => changeClient(id, { disabled: false })}
            />
          }
        />
      ) : (
        <Row
          title={t('clients.disableTitle')}
          detail={t('clients.disableHint')}
          aside={
            <ConfirmedAction
              look="danger"
              label={t('clients.disable')}
              question={t('clients.disableQuestion', { name })}
              detail={t('clients.disableDetail')}
              done={t('clients.disabledDone', { name })}
              run={() => disableClient(id)}
            />
          }
        />
      )}
    </Rows>
  );
}
