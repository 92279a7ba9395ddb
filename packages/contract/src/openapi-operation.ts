// Helpers to describe routes: operations, responses, and the problems that share a status.

import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { problem, PROBLEMS, type ProblemCode } from './problem.ts';

export const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

export function operation(
  operationId: string,
  tag: string,
  summary: string,
  rest: Omit<ZodOpenApiOperationObject, 'operationId' | 'tags' | 'summary'>,
): ZodOpenApiOperationObject {
  return { operationId, tags: [tag], summary, ...rest };
}

export function page(
  operationId: string,
  summary: string,
  type: string,
  ...codes: ProblemCode[]
): ZodOpenApiOperationObject {
  const responses = { 200: text(summary, type), ...problems(...codes) };
  return operation(operationId, 'Service', summary, { responses });
}

export function json(description: string, schema: z.ZodType) {
  return { description, content: { [JSON_TYPE]: { schema } } };
}

/** A response that is not JSON, described by `description` only. */
export function text(description: string, type: string) {
  return { description, content: { [type]: { schema: z.unknown() } } };
}

export function problemJson(description: string, schema: z.ZodType) {
  return { description, content: { [PROBLEM_TYPE]: { schema } } };
}

export function problems(...codes: ProblemCode[]): ZodOpenApiResponsesObject {
  const titles = new Map<number, string[]>();
  for (const code of codes) {
    const { status, title } = PROBLEMS[code];
    titles.set(status, [...(titles.get(status) ?? []), title]);
  }
  return Object.fromEntries(
    [...titles].map(([status, all]) => [status, problemJson(all.join('; '), problem)]),
  );
}
