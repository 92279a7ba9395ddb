// GET /api/openapi.json and /api/docs: the contract for programs and for people. Swagger UI is served from
// its package, so the page works without the internet.

import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { adminOpenApiDocument, openApiDocument } from '@slotline/contract';
import express, { Router, type RequestHandler } from 'express';

const ASSETS = path.dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/swagger-ui.css')));
const SERVED = new Set(['/swagger-ui.css', '/swagger-ui-bundle.js', '/favicon-32x32.png']);

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Slotline API</title>
    <link rel="stylesheet" href="docs/swagger-ui.css" />
    <link rel="icon" href="docs/favicon-32x32.png" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/start.js"></script>
  </body>
</html>
`;

// Otherwise Swagger UI would send the document's URL to the online validator of its maintainers.
const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#docs', tryItOutEnabled: true, validatorUrl: null });\n`;

export function showOpenApi(): RequestHandler {
  return sendJson(JSON.stringify(openApiDocument()));
}

/** The contract of the operators' port. */
export function showAdminOpenApi(): RequestHandler {
  return sendJson(JSON.stringify(adminOpenApiDocument()));
}

function sendJson(document: string): RequestHandler {
  return (_req, res) => {
    res.type('application/json').send(document);
  };
}

export function showDocs(): RequestHandler {
  return (_req, res) => {
    res.type('html').send(PAGE);
  };
}

/** The files that the page loads; no other file of the package is served. */
export function serveDocsAssets(): Router {
  const router = Router();
  router.get('/start.js', (_req, res) => {
    res.type('text/javascript').send(START);
  });
  router.use((req, _res, next) => next(SERVED.has(req.path) ? undefined : 'router'));
  router.use(express.static(ASSETS, { index: false, redirect: false, maxAge: '1d' }));
  return router;
}
