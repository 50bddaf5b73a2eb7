import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { derivedFiles } from '../src/derive/derived-files.ts';

const issuer = {
  name: 'issuer',
  port: 5001,
  role: 'issuer',
  owners: ['@a/identity'],
  routes: ['/token'],
  database: 'people',
  demo: 'src/demo.ts',
};
const door = { name: 'door', port: 5000, role: 'gateway' };

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

/** What is derived from these services and the gateway, in a repository of their own. */
function derive(...services: { name: string; dockerfile?: string }[]) {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-derive-'));
  roots.push(root);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('CODEOWNERS', '* @a/platform\n');
  for (const service of [door, ...services]) {
    write(`services/${service.name}/service.json`, JSON.stringify(service));
    write(`services/${service.name}/package.json`, '{}');
  }
  const files = derivedFiles(root);
  const read = (file: string) => parse(files.get(file) ?? '', { merge: true });
  return {
    compose: read('docker-compose.yml'),
    production: read('docker-compose.production.yml').services,
    owners: files.get('CODEOWNERS')?.split('\n') ?? [],
    root,
    write,
  };
}

describe('a service joins by its service.json', () => {
  const pets = {
    name: 'pets',
    port: 5002,
    owners: ['@a/pets', '@ben'],
    routes: ['/pets'],
    database: 'pets',
    client: { scopes: ['people:read'] },
    demo: 'src/demo.ts',
  };
  const vets = { name: 'vets', port: 5004 };
  const { compose, production, owners } = derive(issuer, pets, vets);
  const { services } = compose;

  it('and changes nothing of the containers of others, which would restart them', () => {
    const before = derive(issuer, vets).compose.services;
    for (const name of ['door', 'issuer', 'issuer-migrations', 'vets', 'postgres']) {
      expect([name, services[name]]).toEqual([name, before[name]]);
    }
  });

  it('and the issuer takes from .env what it reaches over the network that leads out', () => {
    expect(services.issuer.networks).toContain('outbound');
    expect(services.issuer.environment).toMatchObject({
      CLIENT_ID_METADATA: `\${CLIENT_ID_METADATA:-}`,
      IDENTITY_PROVIDER_CLIENT_SECRET: `\${IDENTITY_PROVIDER_CLIENT_SECRET:-}`,
      SMTP_URL: `\${SMTP_URL:-}`,
    });
    expect(services.pets.networks).not.toContain('outbound');
  });

  it('with its database, its own secrets, and the addresses of those it calls', () => {
    expect(services.pets.environment).toMatchObject({
      JWKS_URI: 'http://issuer:5001/.well-known/jwks.json',
      ISSUER_URL: 'http://issuer:5001',
      DATABASE_URL_FILE: '/run/secrets/pets/database-url',
      CLIENT_KEY_FILE: '/run/secrets/pets/client-key',
    });
    expect(services.pets.environment).not.toHaveProperty('VETS_URL');
    expect(services.pets.volumes).toEqual(['pets-secrets:/run/secrets/pets:ro']);
    expect(services.pets).not.toHaveProperty('ports');
    expect(services.pets.networks).toEqual(['services', 'databases']);
    expect(services.secrets.volumes).toContain('pets-secrets:/run/secrets/pets');
    expect(services.databases.volumes).toContain('pets-secrets:/run/secrets/pets:ro');
    expect(compose.volumes).toHaveProperty('pets-secrets');
  });

  it('after its migrations, behind the gateway, the only public one', () => {
    expect(services.pets.depends_on).toEqual({
      'pets-migrations': { condition: 'service_completed_successfully' },
    });
    expect(services.door.ports).toEqual([`\${PORT:-8080}:5000`]);
    expect(services.door.networks).toContain('public');
  });

  it('with demo data in development only, after the people', () => {
    expect(services['pets-demo'].command).toEqual(['node', 'src/demo.ts']);
    expect(services['pets-demo'].depends_on).toHaveProperty('issuer-demo');
    expect(production['pets-demo']).toEqual({ profiles: ['development'] });
    expect(production.pets.environment).toMatchObject({ NODE_ENV: 'production' });
  });

  it('with its reviewers, below the lines written by hand', () => {
    expect(owners[0]).toBe('* @a/platform');
    expect(owners.slice(3)).toEqual([
      '/services/issuer/ @a/identity',
      '/prisma/people/   @a/identity',
      '/services/pets/   @a/pets @ben',
      '/prisma/pets/     @a/pets @ben',
      '',
    ]);
  });
});

describe('a service that is no Node service', () => {
  it('is built by its Dockerfile, run by its command, and finds all it needs in its environment', () => {
    const notes = {
      name: 'notes',
      port: 5003,
      dockerfile: 'package.json',
      command: ['python3', 'main.py', '$HOME'],
      audience: 'my notes',
    };
    const { compose } = derive(issuer, notes);
    expect(compose.services.notes).toMatchObject({
      build: { context: './services/notes', dockerfile: 'package.json' },
      command: ['python3', 'main.py', '$$HOME'],
      user: '1000:1000',
      networks: ['services'],
      environment: { PORT: '5003', HOST: '0.0.0.0', AUDIENCE: 'my notes' },
    });
    for (const absent of ['volumes', 'entrypoint']) {
      expect(compose.services.notes).not.toHaveProperty(absent);
    }
    expect(compose.services.notes.depends_on).toEqual({
      'service-files': { condition: 'service_completed_successfully' },
    });
    expect(compose.services).not.toHaveProperty('notes-migrations');
  });

  it('has its own migrations, and the database’s address as a variable', () => {
    const notes = {
      name: 'notes',
      port: 5003,
      database: 'notes',
      command: ['python3', 'main.py'],
      migrate: ['alembic', 'upgrade', 'head'],
      dockerfile: 'package.json',
    };
    const { services } = derive(issuer, notes).compose;
    expect(services['notes-migrations'].command).toEqual(['alembic', 'upgrade', 'head']);
    for (const name of ['notes', 'notes-migrations']) {
      expect(services[name].entrypoint.join(' ')).toContain('export DATABASE_URL=');
    }
  });

  it('that runs elsewhere has no container: the gateway finds it by its service.json', () => {
    const orders = { name: 'orders', url: 'https://orders.example', routes: ['/orders'] };
    const { compose, production } = derive(issuer, orders);
    expect(compose.services).not.toHaveProperty('orders');
    expect(production).not.toHaveProperty('orders');
  });

  it('cannot be built without a Dockerfile that is there', () => {
    const service = { name: 'notes', port: 5003, command: ['./notes'], dockerfile: 'Dockerfile' };
    expect(() => derive(issuer, service)).toThrow(
      /services\/notes\/service\.json: dockerfile: must name a file that is there[^\n]+$/,
    );
  });
});

it('lines written by hand outlive the next time', () => {
  const { root, write, owners } = derive(issuer);
  write('CODEOWNERS', `${owners.join('\n')}/services/gone/ @a/gone\n`);
  expect(derivedFiles(root).get('CODEOWNERS')).toBe(owners.join('\n'));
});

it('needs a gateway and an issuer', () => {
  expect(() => derive()).toThrow(/no service\.json has "role": "issuer"$/);
});
