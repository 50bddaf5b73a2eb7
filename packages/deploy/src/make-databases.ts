/**
 * Creates a database for each service that names one, with a role that can access only it. Run
 * once at each start, after PostgreSQL; gives the roles the passwords of now.
 */
import { provisionDatabase } from '@latchkey/database/provision';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { readSecretFile } from '@latchkey/service-kit/process/config';

const SECRETS_DIR = '/run/secrets';
const SERVICES_DIR = '/run/service-files/current';

try {
  const admin = encodeURIComponent(readSecretFile(`${SECRETS_DIR}/postgres/password`));
  for (const { name, database } of readServices(SERVICES_DIR)) {
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
