import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { type DefaultValues, type FieldValues, type Path, useForm } from 'react-hook-form';
import { useFaults } from './field-faults.ts';

interface Options<Values extends FieldValues> {
  defaultValues: DefaultValues<Values>;
  fields: readonly Path<Values>[];
  send: (values: Values) => Promise<unknown>;
  onSent: (values: Values) => void;
}

/** A form that is sent once at a time, and shows at its fields what the answer says of them. */
export function useFaultForm<Values extends FieldValues>({
  defaultValues,
  fields,
  send,
  onSent,
}: Options<Values>) {
  const faultsOf = useFaults(fields);
  const form = useForm<Values>({ defaultValues });
  const { mutate, isPending } = useMutation({
    mutationFn: send,
    onSuccess: (_, values) => onSent(values),
    onError: (error) => {
      for (const [index, [field, message]] of faultsOf(error).entries()) {
        form.setError(field, { message }, { shouldFocus: index === 0 });
      }
    },
  });
  const onSubmit = (event: FormEvent) => void form.handleSubmit((values) => mutate(values))(event);
  const { errors } = form.formState;
  const faultAt = (field: Path<Values>): string | undefined =>
    form.getFieldState(field, form.formState).error?.message;
  return { ...form, onSubmit, faultAt, isBusy: isPending, fault: errors.root?.message };
}
