// A receiver of webhooks in one file and without any package: it registers itself, verifies every post, and prints
// what it receives. Ctrl-C deletes the registration.
//
//   WEBHOOK_ALLOW_PRIVATE=true npx -y pnpm@12.21.0 start      # a service that may post to this machine
//   node examples/receive-webhooks.mjs
//   BASE_URL=http://127.0.0.1:8080 ORG_ID=acme PORT=4000 node examples/receive-webhooks.mjs

import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import process from 'node:process';

const { BASE_URL = 'http://127.0.0.1:3000', ORG_ID = 'default', PORT = '0' } = process.env;
/** A recorded post cannot be played back later than this. */
const TOLERANCE_SECONDS = 300;
const BODY_BYTES_MAX = 1_000_000;

/** Of every delivery that was taken: one may come more than once. A real receiver keeps them where its data is. */
const seen = new Set();
let secret = '';

/** The body, when it was sent by the service and not long ago; throws otherwise. */
function verify(headers, body) {
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  const age = Math.abs(Date.now() / 1_000 - Number(timestamp));
  if (!(age <= TOLERANCE_SECONDS)) throw new Error('the timestamp is too old or too new');
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  // Several signatures while a secret is being rotated: one that holds is enough.
  const isSigned = (headers['webhook-signature'] ?? '').split(' ').some((signature) => {
    const given = Buffer.from(signature.replace('v1,', ''), 'base64');
    return (
      signature.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected)
    );
  });
  if (!isSigned) throw new Error('no signature holds');
  return JSON.parse(body);
}

async function readBody(req) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of req) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function take(id, { type, data }) {
  if (seen.has(id)) return;
  seen.add(id);
  const { appointment, sequence } = data;
  console.log(
    type,
    appointment ? `${appointment.id} version ${appointment.version}, sequence ${sequence}` : '',
  );
}

const server = createServer((req, res) => {
  readBody(req)
    .then((body) => {
      take(req.headers['webhook-id'], verify(req.headers, body));
      // Quickly, and only once it is safe: whatever is no 2xx comes again.
      res.writeHead(204).end();
    })
    .catch((error) => {
      console.error(`refused: ${error.message}`);
      res.writeHead(401).end();
    });
});

async function call(method, path, body) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const options = { method, headers, body: body && JSON.stringify(body) };
  const answer = await fetch(`${BASE_URL}${path}`, options).catch(() => {
    throw new Error(`No service answers at ${BASE_URL}. Start one, or set BASE_URL to one that runs.`);
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

await new Promise((resolve) => server.listen(Number(PORT), '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
const query = `?orgId=${encodeURIComponent(ORG_ID)}`;
const endpoint = await call('POST', '/api/webhooks', { orgId: ORG_ID, url, description: 'example' });
// Shown once; a real receiver gets it from its configuration.
secret = endpoint.secret;
console.log(`listening on ${url} for ${ORG_ID}`);
await call('POST', `/api/webhooks/${endpoint.id}/ping${query}`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await call('DELETE', `/api/webhooks/${endpoint.id}${query}`);
    server.close();
    server.closeAllConnections();
  });
}
