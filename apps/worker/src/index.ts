// The worker as a library, for the tests that boot exactly what production runs.

export { readWorkerConfig, type WorkerConfig } from './config.ts';
export { openWorker, type Worker } from './open-worker.ts';
