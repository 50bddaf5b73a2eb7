import { join } from 'node:path';
import { type Profile, type Report, runConformance } from '@latchkey/conformance';
import getPort from 'get-port';

/** Holds a service, started from its sources with this environment, against the rules. */
export const conformanceOf = async (
  home: string,
  profile: Profile,
  env: Readonly<Record<string, string>>,
): Promise<Report> =>
  runConformance({
    url: `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`,
    serviceFile: join(home, 'service.json'),
    command: [process.execPath, join(home, 'src/main.ts')],
    env: { LOG_LEVEL: 'silent', ...env },
    profile,
  });
