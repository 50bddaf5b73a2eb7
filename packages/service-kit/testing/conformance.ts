import { join } from 'node:path';
import { type Profile, type Report, runConformance } from '@latchkey/conformance';
import getPort from 'get-port';
import { readServiceJson } from '../src/joining/service-json.ts';

/** Holds a service, started as its `service.json` says and with this environment, against the rules. */
export const conformanceOf = async (
  home: string,
  profile: Profile,
  env: Readonly<Record<string, string>> = {},
): Promise<Report> => {
  const serviceFile = join(home, 'service.json');
  const { command = [process.execPath, 'src/main.ts'] } = readServiceJson(serviceFile);
  return runConformance({
    url: `http://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`,
    serviceFile,
    command,
    cwd: home,
    env: { LOG_LEVEL: 'silent', ...env },
    profile,
  });
};
