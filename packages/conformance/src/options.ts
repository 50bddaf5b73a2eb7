import type { PublicKeyAlgorithm } from './issuer/signing-key.ts';
import type { Profile } from './issuer/tokens.ts';
import type { CheckResult } from './report/report.ts';
import type { Samples } from './service/requests.ts';

/** Options of a run. */
export interface ConformanceOptions {
  /** Where the service listens: `http://localhost:4010`. */
  readonly url: string;
  /** Its `service.json`. */
  readonly serviceFile: string;
  /** Its OpenAPI document. Default: what it answers at `/openapi.json`. */
  readonly openapiFile?: string | undefined;
  /** Starts the service. Without it one must run already, and what stops it is skipped. */
  readonly command?: readonly string[] | undefined;
  /** For the command, beside what names port, issuer and key set. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  /** How long the command may take until the service answers. Default 30,000. */
  readonly startTimeoutMs?: number;
  /** Default `standard`. */
  readonly profile?: Profile;
  /** What the issuer signs with. Default `ES256`; the minimal profile has HS256. */
  readonly algorithm?: PublicKeyAlgorithm;
  /** Of the minimal profile. Default: a new one, which only a command can be given. */
  readonly secret?: string | undefined;
  /** Where the kit's issuer listens on 127.0.0.1. Default: a free port. */
  readonly issuerPort?: number;
  /** Bodies by operation and parameters by name, where the document's examples do not do. */
  readonly samples?: Samples;
  /** Ids or subjects of the checks to run. Default: all. */
  readonly only?: readonly string[];
  /** Called when the issuer listens and before the first check; the service may start now. */
  readonly onReady?: (settings: Readonly<Record<string, string>>) => Promise<void> | void;
  /** Called after each check. */
  readonly onResult?: (result: CheckResult) => void;
  /** Called after the last check, before issuer and service end. */
  readonly onDone?: () => Promise<void>;
  /** Ends the service and the issuer early. */
  readonly signal?: AbortSignal;
}
