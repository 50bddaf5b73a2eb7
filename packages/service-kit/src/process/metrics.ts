import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

interface RequestMeasurement {
  method: string;
  route: string;
  status: number;
  durationMs: number;
}

export interface Metrics {
  registry: Registry;
  observeRequest(request: RequestMeasurement): void;
}

/** One registry an app, so that two apps in one process (tests) do not meet. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return {
    registry,
    observeRequest: ({ method, route, status, durationMs }) =>
      duration.observe({ method, route, status }, durationMs / 1000),
  };
}
