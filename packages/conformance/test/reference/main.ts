import { env } from 'node:process';
import { PROCESS_MUTANTS } from './process-mutants.ts';
import { ReferenceService } from './service.ts';

const { mutation = {}, atStart, onTerminate } = PROCESS_MUTANTS[env.MUTANT ?? ''] ?? {};
const service = new ReferenceService({
  issuer: env.ISSUER ?? '',
  jwksUri: env.JWKS_URI ?? '',
  port: Number(env.PORT),
  mutation,
});
await atStart?.(service);
await service.listen();
process.on('SIGTERM', () => {
  if (onTerminate !== undefined) return onTerminate();
  void service.close().then(() => process.exit(0));
});
