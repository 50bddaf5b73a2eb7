import { Controller, type UseFormReturn } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { SelectField, TextArea, TextField } from '../ui/field.tsx';
import { CheckList } from './check-list.tsx';
import type { ClientValues, GrantType } from './client-values.ts';

const AUTHENTICATIONS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;

/** By their names in translations, which may hold no colon. */
const GRANTS: Record<GrantType, GrantName> = {
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  client_credentials: 'client_credentials',
  'urn:ietf:params:oauth:grant-type:token-exchange': 'token_exchange',
  'urn:ietf:params:oauth:grant-type:device_code': 'device_code',
  password: 'password',
};
type GrantName =
  | Extract<GrantType, 'authorization_code' | 'refresh_token' | 'client_credentials' | 'password'>
  | 'token_exchange'
  | 'device_code';

export function useGrantName(): (grant: string) => string {
  const { t } = useTranslation('administration');
  return (grant) => {
    const name = GRANTS[grant as GrantType];
    return name ? t(`clients.grants.${name}`) : grant;
  };
}

/** What a client is: fixed once it is registered. */
export function ClientNatureFields({ form }: { form: UseFormReturn<ClientValues> }) {
  const { t } = useTranslation('administration');
  const grantName = useGrantName();
  const { register, control, watch, formState } = form;
  const { errors } = formState;
  return (
    <>
      <SelectField
        label={t('clients.authentication')}
        error={errors.authentication?.message}
        {...register('authentication')}
      >
        {AUTHENTICATIONS.map((value) => (
          <option key={value} value={value}>
            {t(`clients.authentications.${value}`)}
          </option>
        ))}
      </SelectField>
      {watch('authentication') === 'private_key_jwt' && (
        <TextArea
          label={t('clients.jwks')}
          hint={t('clients.jwksHint')}
          error={errors.jwks?.message}
          spellCheck={false}
          {...register('jwks', { required: t('clients.faults.jwks') })}
        />
      )}
      <Controller
        control={control}
        name="grant_types"
        render={({ field, fieldState }) => (
          <CheckList
            legend={t('clients.grantTypes')}
            options={(Object.keys(GRANTS) as GrantType[]).map((value) => ({
              value,
              label: grantName(value),
            }))}
            chosen={field.value}
            onChange={field.onChange}
            error={fieldState.error?.message}
          />
        )}
      />
      <Controller
        control={control}
        name="firstParty"
        render={({ field }) => (
          <CheckList
            legend={t('clients.trust')}
            options={[{ value: 'firstParty', label: t('clients.firstPartyHint') }]}
            chosen={field.value ? ['firstParty'] : []}
            onChange={(chosen) => field.onChange(chosen.length > 0)}
          />
        )}
      />
      <TextField
        label={t('clients.id')}
        hint={t('clients.idHint')}
        error={errors.client_id?.message}
        maxLength={64}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        {...register('client_id')}
      />
    </>
  );
}
