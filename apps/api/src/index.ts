// The API as a library, for the tests that boot exactly what production runs.

export { readApiConfig, type ApiConfig } from './config.ts';
export { HTTP_LIMITS } from './http-limits.ts';
export { openApi, type Api } from './open-api.ts';
