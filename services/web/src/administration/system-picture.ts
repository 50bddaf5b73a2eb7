/** What `GET /system` of the gateway says; a figure is over the last ten seconds. */
export interface SystemPicture {
  startedAt: string;
  services: ServicePicture[];
  revocation: {
    isConnected: boolean;
    /** Null before the first event. */
    lastEventDelayMs: number | null;
    /** Null before the first list. */
    listAgeSeconds: number | null;
  };
}

export interface ServicePicture {
  name: string;
  description?: string;
  instances: { address: string; isHealthy: boolean; inFlight: number }[];
  requestsPerSecond: number;
  errorsPerSecond: number;
  /** 0 without requests. */
  p50Ms: number;
  p99Ms: number;
}

type Unknown = Record<string, unknown>;

const isObject = (value: unknown): value is Unknown => typeof value === 'object' && value !== null;
const isNumberOrNull = (value: unknown) => value === null || typeof value === 'number';

const isInstance = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.address === 'string' &&
  typeof value.isHealthy === 'boolean' &&
  typeof value.inFlight === 'number';

const isService = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.name === 'string' &&
  (value.description === undefined || typeof value.description === 'string') &&
  Array.isArray(value.instances) &&
  value.instances.every(isInstance) &&
  typeof value.requestsPerSecond === 'number' &&
  typeof value.errorsPerSecond === 'number' &&
  typeof value.p50Ms === 'number' &&
  typeof value.p99Ms === 'number';

/** The gateway may be of another release than the page: a picture is drawn whole or not at all. */
export function isSystemPicture(value: unknown): value is SystemPicture {
  if (!isObject(value) || !isObject(value.revocation)) return false;
  const { isConnected, lastEventDelayMs, listAgeSeconds } = value.revocation;
  return (
    typeof value.startedAt === 'string' &&
    Array.isArray(value.services) &&
    value.services.every(isService) &&
    typeof isConnected === 'boolean' &&
    isNumberOrNull(lastEventDelayMs) &&
    isNumberOrNull(listAgeSeconds)
  );
}
