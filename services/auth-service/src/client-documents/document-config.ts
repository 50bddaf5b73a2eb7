import { wholeNumber } from '@latchkey/service-kit/process/config';
import { z } from 'zod';

export interface ClientDocumentConfig {
  /** Hosts that may have private addresses. */
  internalHosts: readonly string[];
}

/** A name or an address, as URLs write it. */
const isHost = (text: string) =>
  URL.canParse(`https://${text}/`) && new URL(`https://${text}/`).hostname === text;

export const clientDocumentEnv = {
  CLIENT_ID_METADATA: z.enum(['on', 'off']).default('on'),
  CLIENT_ID_METADATA_INTERNAL_HOSTS: z
    .string()
    .default('')
    .transform((text) => text.split(/[\s,]+/).filter((host) => host !== ''))
    .refine((hosts) => hosts.every(isHost), 'must be host names, such as agents.internal'),
  CLIENT_ID_METADATA_FETCHES_PER_ADDRESS: wholeNumber(1, 1_000_000).default(60),
};

type Values = z.infer<z.ZodObject<typeof clientDocumentEnv>>;

export const toClientDocumentConfig = (values: Values): ClientDocumentConfig | undefined =>
  values.CLIENT_ID_METADATA === 'off'
    ? undefined
    : { internalHosts: values.CLIENT_ID_METADATA_INTERNAL_HOSTS };
