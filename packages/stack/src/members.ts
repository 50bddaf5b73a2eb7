import { isDeepStrictEqual } from 'node:util';
import { gatewayMembers } from '@latchkey/service-kit/joining/gateway-members';
import { isGateway } from '@latchkey/service-kit/joining/roles';
import type { ServiceJson } from '@latchkey/service-kit/joining/service-json';
import type { BringUp } from './bring-up.ts';
import type { ChosenPorts } from './ports.ts';
import type { ServiceProcess } from './service-process.ts';

interface Options {
  /** Both are changed in place. */
  services: ServiceJson[];
  processes: ServiceProcess[];
  ports: ChosenPorts;
  toProcess: (service: ServiceJson) => ServiceProcess;
  bringUp: BringUp;
  onProgress: (line: string) => void;
}

/** What the service itself does not read: it runs on when only these change. */
const READ_BY_OTHERS = ['owners', 'roles', 'demo', ...Object.keys(gatewayMembers)];

/** Services that come, change and go while the stack runs. */
export class Members {
  readonly #options: Options;
  /** Those that the others learn of when they are up. */
  readonly #later = new Set<ServiceProcess>();

  constructor(options: Options) {
    this.#options = options;
  }

  onUp(each: ServiceProcess): void {
    if (this.#later.has(each)) this.#announce();
  }

  async add(service: ServiceJson): Promise<void> {
    const { services, processes, ports, toProcess } = this.#options;
    services.push(service);
    // It runs elsewhere.
    if (service.url) return this.#announce();
    await ports.add(service);
    const each = toProcess(service);
    processes.push(each);
    await this.#bringUp(each);
  }

  async remove({ name }: ServiceJson): Promise<void> {
    const { services, processes, onProgress } = this.#options;
    services.splice(indexOf(services, name), 1);
    const index = indexOf(processes, name);
    const [each] = index < 0 ? [] : processes.splice(index, 1);
    this.#announce();
    await each?.stop();
    onProgress(`${name} was removed`);
  }

  /** Restarts it, and those that call it, where what they are started with is different now. */
  async change(service: ServiceJson): Promise<void> {
    const { services, processes, ports, onProgress } = this.#options;
    const index = indexOf(services, service.name);
    const before = services[index] as ServiceJson;
    if (before.url || service.url) {
      await this.remove(before);
      return this.add(service);
    }
    services[index] = service;
    if (service.port !== before.port && !isGateway(service)) await ports.add(service);
    const own = processes[indexOf(processes, service.name)] as ServiceProcess;
    own.service = service;
    onProgress(`${service.name} has another service.json`);
    const goesOn = startsAlike(before, service);
    if (goesOn) this.#announce();
    // Those with a role are told of the others.
    const outdated = processes.filter((each) => !each.service.role && each.isOutdated);
    for (const each of new Set(goesOn ? outdated : [own, ...outdated])) await this.#renew(each);
  }

  async #renew(each: ServiceProcess): Promise<void> {
    const { processes, toProcess, onProgress } = this.#options;
    await each.stop();
    const renewed = toProcess(each.service);
    processes[processes.indexOf(each)] = renewed;
    await this.#bringUp(renewed);
    if (!renewed.problem) onProgress(`${each.name} restarted`);
  }

  async #bringUp(each: ServiceProcess): Promise<void> {
    this.#later.add(each);
    await this.#options.bringUp.add(each);
  }

  /** Those that know all services by their files learn of them without a restart. */
  #announce(): void {
    for (const each of this.#options.processes) {
      if (each.service.role) each.send({ servicesChanged: each.env });
    }
  }
}

const indexOf = (all: readonly { name: string }[], name: string) =>
  all.findIndex((each) => each.name === name);

function startsAlike(before: ServiceJson, after: ServiceJson): boolean {
  const own = (service: ServiceJson) =>
    Object.fromEntries(Object.entries(service).filter(([key]) => !READ_BY_OTHERS.includes(key)));
  return isDeepStrictEqual(own(before), own(after));
}
