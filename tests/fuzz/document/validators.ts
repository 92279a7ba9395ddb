// Judges bodies by the schemas of the document, compiled once each. Answers are judged to the letter, formats
// included. Requests are judged without formats: the service reads addresses as browsers do (WHATWG), which takes
// more than the `uri` of RFC 3986.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenApi, Operation } from './api-document.ts';

/** Breaches in words; none when the body is as documented. */
type JudgeBody = (body: unknown) => readonly string[];

export interface Validators {
  /** `undefined` when nothing is documented for this status and type. */
  answerOf(operation: Operation, status: number, type: string): JudgeBody | undefined;
  requestOf(operation: Operation, type: string): JudgeBody | undefined;
}

const BREACHES_MAX = 3;

export function compileValidators(document: OpenApi): Validators {
  const strictly = newAjv(document, { validateFormats: true });
  // ajv-formats is CommonJS: under Node its function is the `default` of the module.
  (addFormats as unknown as { default: (ajv: Ajv2020) => void }).default(strictly);
  const loosely = newAjv(document, { validateFormats: false });
  const cache = new Map<string, JudgeBody | undefined>();
  const judge = (ajv: Ajv2020, pointer: readonly string[]) => {
    const ref = `api#/${pointer.map(escapePointer).join('/')}`;
    const known = cache.get(ref);
    if (known !== undefined || cache.has(ref)) return known;
    const made = compile(ajv, ref);
    cache.set(ref, made);
    return made;
  };
  const placeOf = ({ path, method }: Operation) => ['paths', path, method.toLowerCase()];
  return {
    answerOf: (operation, status, type) =>
      judge(strictly, [...placeOf(operation), 'responses', String(status), 'content', type, 'schema']),
    requestOf: (operation, type) =>
      judge(loosely, [...placeOf(operation), 'requestBody', 'content', type, 'schema']),
  };
}

function newAjv(document: OpenApi, options: { validateFormats: boolean }): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false, ...options });
  return ajv.addSchema(document, 'api');
}

function compile(ajv: Ajv2020, ref: string): JudgeBody | undefined {
  let validate: ValidateFunction | undefined;
  try {
    validate = ajv.getSchema(ref);
  } catch {
    return undefined;
  }
  if (validate === undefined) return undefined;
  const found = validate;
  return (body) => {
    if (found(body)) return [];
    return (found.errors ?? [])
      .slice(0, BREACHES_MAX)
      .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  };
}

// JSON pointer, then URI fragment.
function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
