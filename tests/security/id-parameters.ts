// Where a client can name something: every parameter and every member of a body that the OpenAPI documents have, but
// for those that are known to name nothing. A new one is an id until it is listed here.

import { openApiDocument } from '@slotline/contract';

export interface Operation {
  readonly operationId: string;
  readonly method: string;
  /** `/path/{param}` */
  readonly path: string;
  /** What it needs; none where a route is open. */
  readonly scope: string | undefined;
  /** `path:id`, `query:orgId`, `header:Idempotency-Key`, `body:id` … */
  readonly ids: readonly string[];
}

/** Values, bounds, choices and places in an org's own order. */
const NO_IDS = new Set([
  ...[
    'from',
    'to',
    'at',
    'since',
    'updatedAt',
    'createdAt',
    'start',
    'end',
    'durationMinutes',
    'holdSeconds',
  ],
  ...['limit', 'offset', 'after', 'wait', 'minSequence', 'status', 'outcome', 'atomic', 'op', 'metadata'],
  ...['callbackUrl', 'url', 'events', 'description', 'isEnabled', 'Prefer', 'Last-Event-ID'],
]);

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

interface Described {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Every operation of a document. */
export function listOperations(of: () => unknown = openApiDocument): Operation[] {
  const document = JSON.parse(JSON.stringify(of())) as Document;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      operationId: described.operationId,
      method: method.toUpperCase(),
      path,
      scope: described.security[0]?.['bearer']?.[0],
      ids: [...parameterIds(described), ...bodyIds(document, described)].sort(),
    })),
  );
}

function parameterIds({ parameters = [] }: Described): string[] {
  return parameters.filter(({ name }) => !NO_IDS.has(name)).map(({ name, in: place }) => `${place}:${name}`);
}

function bodyIds(document: Document, { requestBody }: Described): string[] {
  const schemas = Object.values(requestBody?.content ?? {}).map(({ schema = {} }) => schema);
  const names = new Set(schemas.flatMap((schema) => membersOf(document, schema)));
  return [...names].filter((name) => !NO_IDS.has(name)).map((name) => `body:${name}`);
}

/** The members of an object, or of whatever objects a list or a choice is made of. */
function membersOf(document: Document, schema: Schema): string[] {
  const { $ref, properties = {}, items, anyOf = [], oneOf = [], allOf = [] } = schema;
  const named = $ref === undefined ? undefined : document.components.schemas[$ref.split('/').at(-1) ?? ''];
  const inner = [named, items, ...anyOf, ...oneOf, ...allOf].filter((one) => one !== undefined);
  return [...Object.keys(properties), ...inner.flatMap((one) => membersOf(document, one))];
}
