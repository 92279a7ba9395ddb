// What every process needs and no domain knows: configuration, logs, metrics, starting and closing.

export { closeInOrder, type ClosingStep } from './close-in-order.ts';
export { createLogger, type Logger } from './create-logger.ts';
export {
  createApiMetrics,
  createRegistry,
  createWorkerMetrics,
  type ApiMetrics,
  type Registry,
  type WorkerMetrics,
} from './metrics.ts';
export { ConfigError, integer, logLevel, readConfig, urlOf, type Environment } from './read-config.ts';
export { runService, type Service } from './run-service.ts';
