// The service's own OpenAPI document as the fuzzer uses it: operations with their parameters, bodies and answers.
// Schemas stay as they are; `generate-json.ts` makes values of them and `validators.ts` judges with them.

/** A schema in the part of JSON Schema 2020-12 that the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export interface Operation {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  /** With `{…}` where parameters stand. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Schemas of the body by content type; none when it takes no body. */
  readonly bodies: ReadonlyMap<string, Schema>;
  readonly isBodyRequired: boolean;
  /** Content types by documented status; none for an answer without a body. */
  readonly answers: ReadonlyMap<number, readonly string[]>;
  /** The scope that the operation requires; none when left out. */
  readonly scope: string | undefined;
  /** Every method its path answers, `HEAD` among them where `GET` is. */
  readonly allowed: readonly string[];
  /** `http://host:port` of the port that serves it. */
  readonly origin: string;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Every operation of the document, in its order. */
export function operationsOf(document: OpenApi, origin: string): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) => {
    const methods = METHODS.filter((method) => item[method] !== undefined);
    const allowed = allowedAt(document, path);
    return methods.map((method) => {
      const documented = item[method] as DocumentedOperation;
      return { ...toOperation(documented), method: method.toUpperCase(), path, allowed, origin };
    });
  });
}

/** An appointment may be called `batch`: what answers `/{id}` answers there too. */
function allowedAt(document: OpenApi, path: string): string[] {
  const leading = Object.entries(document.paths).filter(([template]) => isMatch(template, path));
  const methods = leading.flatMap(([, item]) => METHODS.filter((method) => item[method] !== undefined));
  const named = methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
  return [...new Set(named)].sort();
}

function isMatch(template: string, path: string): boolean {
  if (template === path) return true;
  const pattern = template.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, '[^/{}]+');
  return template.includes('{') && new RegExp(`^${pattern}$`).test(path);
}

function toOperation(
  documented: DocumentedOperation,
): Omit<Operation, 'method' | 'path' | 'allowed' | 'origin'> {
  const { operationId, parameters = [], requestBody, responses, security } = documented;
  const bodies = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema = {} }]) => [type, schema] as const,
  );
  const answers = Object.entries(responses).map(
    ([status, { content = {} }]) => [Number(status), Object.keys(content)] as const,
  );
  return {
    id: operationId,
    parameters,
    bodies: new Map(bodies),
    isBodyRequired: requestBody?.required === true,
    scope: security?.[0]?.['bearer']?.[0],
    answers: new Map(answers),
  };
}

/** The schema that a `$ref` into the document means, followed to its end. */
export function resolveSchema(document: OpenApi, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace('#/components/schemas/', '');
  const found = document.components?.schemas?.[name];
  if (found === undefined) throw new Error(`the document has no schema ${schema.$ref}`);
  return resolveSchema(document, found);
}
