import { join } from 'node:path';
import { clientKeyFrom, publicKeySets } from '@latchkey/deploy/client-keys';
import { calledServices } from '@latchkey/service-kit/joining/called-services';
import { hasClientKey, isGateway, isIssuer } from '@latchkey/service-kit/joining/roles';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import { urlVariableOf } from '@latchkey/service-kit/joining/start-members';
import type { Ports } from './ports.ts';
import type { Secrets } from './secrets.ts';

interface System {
  services: readonly ServiceJson[];
  ports: Ports;
  /** By service name. */
  databaseUrls: Record<string, string>;
  secrets: Secrets;
  env: NodeJS.ProcessEnv;
  servicesDir: string;
  dataDir: string;
}

/** One service's environment: its address, audience, database and issuer, and the addresses of those it calls. */
export function environmentOf(service: ServiceJson, system: System): NodeJS.ProcessEnv {
  const { services, ports, databaseUrls, secrets, env, servicesDir, dataDir } = system;
  const urlOf = (other: ServiceJson) => urlWith(ports, other, env);
  const issuer = services.find(isIssuer);
  const clientKeyOf = ({ name }: ServiceJson) => clientKeyFrom(secrets.clientKeySeed, name);
  const clients = services.filter(hasClientKey);
  const sharedSecret = env.JWT_ALG === 'HS256' && !env.JWT_SECRET && !env.JWT_SECRET_FILE;
  return {
    ...process.env,
    ...withoutDatabaseUrls(env),
    // Types are stripped and code compiled once, not at every start.
    NODE_COMPILE_CACHE: join(dataDir, 'compile-cache'),
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: String(ports.of(service)),
    SERVICES_DIR: servicesDir,
    ISSUER: ports.origin,
    AUDIENCE: service.audience ?? service.name,
    ...(issuer ? { JWKS_URI: `${urlOf(issuer)}/.well-known/jwks.json` } : {}),
    ...(sharedSecret ? { JWT_SECRET: secrets.jwtSecret } : {}),
    ...(service.database ? { DATABASE_URL: databaseUrls[service.name] } : {}),
    ...(isIssuer(service) && !env.KEY_ENCRYPTION_KEY
      ? { KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey }
      : {}),
    ...(isIssuer(service)
      ? {
          MAIL_DIR: join(dataDir, 'mails'),
          SERVICE_CLIENTS: publicKeySets(
            new Map(clients.map((each) => [each.name, clientKeyOf(each)])),
          ),
        }
      : {}),
    // They trust the gateway's X-Forwarded-For; which proxies the gateway trusts is the operator's choice.
    ...(isGateway(service) ? {} : { TRUSTED_PROXIES: 'loopback' }),
    ...(hasClientKey(service) ? { CLIENT_KEY: clientKeyOf(service) } : {}),
    // Its demo script asks the service itself.
    ...Object.fromEntries(
      [service, ...calledServices(service, services)].map((each) => [
        urlVariableOf(each.name),
        urlOf(each),
      ]),
    ),
  };
}

/** Where a service is: on this machine, or elsewhere as the environment or else its `service.json` says. */
export function urlWith(ports: Ports, service: ServiceJson, env: NodeJS.ProcessEnv): string {
  const { name, url } = service;
  return url ? env[urlVariableOf(name)] || url : `http://127.0.0.1:${ports.of(service)}`;
}

/** A service gets its own database's address and nobody else's. */
function withoutDatabaseUrls(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.endsWith('DATABASE_URL')));
}
