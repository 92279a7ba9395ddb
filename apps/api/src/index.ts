// The API as a library, for tests that start exactly what production runs.

export { readApiConfig, type ApiConfig } from './config.ts';
export { HTTP_LIMITS } from './http-limits.ts';
export { openApi, type Api } from './open-api.ts';
