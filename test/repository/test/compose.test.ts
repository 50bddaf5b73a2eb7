import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDoor, isIssuer } from '@latchkey/service-kit/joining/roles';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');

interface ComposeService {
  build?: { args?: Record<string, string> };
  command?: string[];
  depends_on?: Record<string, { condition: string }>;
  environment?: Record<string, string>;
  networks?: string[];
  ports?: string[];
  profiles?: string[];
  volumes?: string[];
}

const read = (file: string) =>
  parse(readFileSync(join(root, file), 'utf8'), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
const compose = read('docker-compose.yml').services;
const production = read('docker-compose.production.yml').services;
const services = readServices(join(root, 'services'));
const door = services.find(isDoor);
const issuer = services.find(isIssuer);
const variableOf = (name: string) => `${name.toUpperCase().replaceAll('-', '_')}_URL`;

describe('docker-compose.yml and the service.json files', () => {
  it.each(services)('$name is in it, under its own name and image', ({ name }) => {
    expect(compose[name]?.build?.args).toEqual({ SERVICE: name });
    expect(readdirSync(join(root, 'services'))).toContain(name);
  });

  it.each(services)('$name listens at the port of its service.json', ({ name }) => {
    expect(compose[name]?.environment).not.toHaveProperty('PORT');
  });

  it.each(services.filter(({ database }) => database))(
    '$name has a database, migrated before it starts, and nobody else’s secrets',
    ({ name }) => {
      const migrations = compose[`${name}-migrations`];
      expect(migrations?.build?.args).toEqual({ SERVICE: name });
      expect(migrations?.command).toEqual(['node', '/app/packages/deploy/src/apply-migrations.ts']);
      expect(compose[name]?.depends_on?.[`${name}-migrations`]?.condition).toBe(
        'service_completed_successfully',
      );
      const mount = `${name}-secrets:/run/secrets/${name}`;
      expect(compose[name]?.volumes).toEqual([`${mount}:ro`]);
      expect(compose[name]?.environment?.DATABASE_URL_FILE).toBe(
        `/run/secrets/${name}/database-url`,
      );
      expect(compose.databases?.volumes).toContain(`${mount}:ro`);
      expect(compose.secrets?.volumes).toContain(mount);
    },
  );

  it.each(services.filter(({ audience, name }) => audience && name !== issuer?.name))(
    '$name finds the keys where the issuer listens',
    ({ name }) => {
      expect(compose[name]?.environment?.JWKS_URI).toBe(
        `http://${issuer?.name}:${issuer?.port}/.well-known/jwks.json`,
      );
    },
  );

  it.each(services.filter(({ routes }) => routes.length > 0))(
    'the gateway finds $name at its port, waits for it, and alone is public',
    ({ name, port }) => {
      const gateway = compose[door?.name ?? ''];
      expect(gateway?.environment?.[variableOf(name)]).toBe(`http://${name}:${port}`);
      expect(gateway?.depends_on?.[name]?.condition).toBe('service_healthy');
      expect(compose[name]?.ports).toBeUndefined();
      expect(compose[name]?.networks).not.toContain('public');
    },
  );

  it('names services of the system only where they listen', () => {
    const urls = Object.values(compose).flatMap(({ environment = {} }) =>
      Object.values(environment).filter((value) => /^http:\/\/[a-z-]+-service:/.test(value)),
    );
    const known = new Map(services.map(({ name, port }) => [name, String(port)]));
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) {
      const { hostname, port } = new URL(url);
      expect(port).toBe(known.get(hostname));
    }
  });

  it('publishes the door at its port', () => {
    expect(compose[door?.name ?? '']?.ports).toEqual([`\${PORT:-8080}:${door?.port}`]);
  });

  it.each(services.filter(({ demo }) => demo))(
    'the demo of $name runs in development only',
    ({ name, demo }) => {
      expect(compose[`${name}-demo`]?.command).toEqual(['node', demo]);
      expect(production[`${name}-demo`]?.profiles).toEqual(['development']);
    },
  );

  it.each(services.filter(({ client }) => client))('$name has its client key', ({ name }) => {
    expect(compose[name]?.environment?.CLIENT_KEY_FILE).toBe(`/run/secrets/${name}/client-key`);
  });

  it.each(services)('$name is a production service in production', ({ name }) => {
    expect(production[name]?.environment).toMatchObject({ NODE_ENV: 'production' });
    expect(production[name]?.environment?.ISSUER).toMatch(/^\$\{ISSUER:\?/);
  });
});
