/**
 * Creates a database for each service that names one, with a role that can access only it. Run
 * once at each start, after PostgreSQL; gives the roles the passwords of now.
 */
import { provisionDatabase } from '@latchkey/database/provision';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { readSecretFile } from '@latchkey/service-kit/process/config';
import { SERVICE_FILES_DIR } from './service-files-dir.ts';

const SECRETS_DIR = '/run/secrets';

try {
  const admin = encodeURIComponent(readSecretFile(`${SECRETS_DIR}/postgres/password`));
  for (const { name, database } of readServices(SERVICE_FILES_DIR)) {
    if (!database) continue;
    const { password } = new URL(readSecretFile(`${SECRETS_DIR}/${name}/database-url`));
    await provisionDatabase({
      adminUrl: `postgresql://postgres:${admin}@postgres:5432/postgres`,
      name: database,
      password: decodeURIComponent(password),
    });
    process.stdout.write(`${name}: database ${database} is ready\n`);
  }
} catch (error) {
  process.stderr.write(`databases: ${(error as Error).message}\n`);
  process.exit(1);
}
