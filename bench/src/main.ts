/** `pnpm bench NAME [--short]`: run a benchmark, print it and write it to bench/results. */
import { benchGateway } from './gateway/bench-gateway.ts';
import { benchSlowClients } from './gateway/bench-slow-clients.ts';
import { benchLogin } from './login/bench-login.ts';
import { benchRevocation } from './revocation/bench-revocation.ts';
import { benchScale } from './scale/bench-scale.ts';
import { benchService } from './service/bench-service.ts';
import { benchVerify } from './verify/bench-verify.ts';

const BENCHES: Record<string, (short: boolean) => Promise<void>> = {
  gateway: benchGateway,
  login: benchLogin,
  revocation: benchRevocation,
  scale: benchScale,
  service: benchService,
  'slow-clients': benchSlowClients,
  verify: benchVerify,
};

const [name = '', ...flags] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`usage: pnpm bench ${Object.keys(BENCHES).join('|')} [--short]\n`);
  process.exit(2);
}
await bench(flags.includes('--short'));
process.exit(0);
