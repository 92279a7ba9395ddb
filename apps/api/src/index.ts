// The API as a library, for the tests that boot exactly what production runs.

export { readApiConfig, type ApiConfig } from './config.ts';
export { openApi, type Api } from './open-api.ts';
