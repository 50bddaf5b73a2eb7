/**
 * Hold a running service, in any language, against what every service behind one login must do.
 *
 * @module
 */
export type { Failure } from './checks/check.ts';
export type { PublicKeyAlgorithm } from './issuer/signing-key.ts';
export type { Profile } from './issuer/tokens.ts';
export type { ConformanceOptions } from './options.ts';
export { toJson } from './report/json.ts';
export { toJunit } from './report/junit.ts';
export type { CheckResult, Report } from './report/report.ts';
export { failuresOf, toText } from './report/text.ts';
export { runConformance } from './run.ts';
export type { Samples } from './service/requests.ts';
export { SetupError } from './service/setup-error.ts';
