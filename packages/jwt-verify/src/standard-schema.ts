import type { AccessTokenClaims } from './token.ts';

/** The part of Standard Schema v1 (https://standardschema.dev) that is used here. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
      // biome-ignore lint/suspicious/noExplicitAny: later revisions add options
      ...rest: any[]
    ) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** What a schema makes of the claims. */
export type OutputOf<Schema> =
  Schema extends StandardSchema<unknown, infer Output> ? Output : AccessTokenClaims;
