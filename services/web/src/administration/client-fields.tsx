import type { ReactNode } from 'react';
import { Controller, type UseFormReturn } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { TextArea, TextField } from '../ui/field.tsx';
import { CheckList } from './check-list.tsx';
import type { ClientValues } from './client-values.ts';

interface ClientFieldsProps {
  form: UseFormReturn<ClientValues>;
  /** Of every service. */
  scopes: readonly string[];
  /** More fields, after the name. */
  children?: ReactNode;
}

/** What can be changed later, too. */
export function ClientFields({ form, scopes, children }: ClientFieldsProps) {
  const { t } = useTranslation('administration');
  const { register, control, formState, watch } = form;
  const { errors } = formState;
  const signsPeopleIn = watch('grant_types').includes('authorization_code');
  const hasAllScopes = formState.defaultValues?.scopes?.length === 0;
  return (
    <>
      <TextField
        label={t('clients.name')}
        hint={t('clients.nameHint')}
        error={errors.name?.message}
        maxLength={100}
        {...register('name', { required: t('clients.faults.name') })}
      />
      {children}
      <Controller
        control={control}
        name="scopes"
        render={({ field, fieldState }) => (
          <CheckList
            legend={t('clients.scopes')}
            hint={t(hasAllScopes ? 'clients.allScopes' : 'clients.scopesHint')}
            options={[...new Set([...scopes, ...field.value])].map((scope) => ({
              value: scope,
              label: scope,
            }))}
            chosen={field.value}
            onChange={field.onChange}
            error={fieldState.error?.message}
          />
        )}
      />
      {signsPeopleIn && (
        <>
          <TextArea
            label={t('clients.redirectUris')}
            hint={t('clients.redirectUrisHint')}
            error={errors.redirect_uris?.message}
            spellCheck={false}
            {...register('redirect_uris', { required: t('clients.faults.redirect_uris') })}
          />
          <TextArea
            label={t('clients.postLogoutUris')}
            hint={t('clients.postLogoutUrisHint')}
            error={errors.post_logout_redirect_uris?.message}
            spellCheck={false}
            {...register('post_logout_redirect_uris')}
          />
          <TextField
            type="url"
            label={t('clients.backchannel')}
            hint={t('clients.backchannelHint')}
            error={errors.backchannel_logout_uri?.message}
            spellCheck={false}
            {...register('backchannel_logout_uri')}
          />
        </>
      )}
    </>
  );
}
