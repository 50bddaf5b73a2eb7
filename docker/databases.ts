/**
 * Creates a database for each service that names one, with a role that can access only it. Run
 * once at each start, after PostgreSQL; brings the roles to the passwords of now.
 */
import { provisionDatabase } from '../packages/database/src/provision.ts';
import { readServices } from '../packages/service-kit/src/joining/service-json.ts';
import { readSecret } from './secret-files.ts';

const SECRETS_DIR = '/run/secrets';

const admin = `postgres:${encodeURIComponent(readSecret(`${SECRETS_DIR}/postgres/password`))}`;
try {
  for (const { name, database } of readServices('/app/services')) {
    if (!database) continue;
    const url = new URL(readSecret(`${SECRETS_DIR}/${name}/database-url`));
    await provisionDatabase({
      adminUrl: `postgresql://${admin}@postgres:5432/postgres`,
      name: database,
      role: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    });
    process.stdout.write(`${name}: database ${database} is there\n`);
  }
} catch (error) {
  process.stderr.write(`databases: ${(error as Error).message}\n`);
  process.exit(1);
}
