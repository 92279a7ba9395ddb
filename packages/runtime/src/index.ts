// What every process needs and no domain knows: configuration, logs, metrics, starting and closing.

export { closeInOrder, type ClosingStep } from './close-in-order.ts';
export { createLogger, type Logger } from './create-logger.ts';
export { HEAP_FLAGS } from './heap-flags.ts';
export { Counter, createRegistry, Gauge, Histogram, type Registry } from './metrics.ts';
export { printable, printableJson, printableLines, SHOWN_LENGTH_MAX } from './printable.ts';
export {
  base64Of,
  ConfigError,
  flag,
  integer,
  logLevel,
  portList,
  readConfig,
  readRenamed,
  urlOf,
  type Environment,
} from './read-config.ts';
export { caFile, contradictsCa, databaseUrl, proveDatabase, redisUrl, type CaFile } from './store-urls.ts';
export { runService, type Service, type ServiceDefinition } from './run-service.ts';
