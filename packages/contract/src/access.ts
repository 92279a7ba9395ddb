// The scope that each route requires. The API guards and the OpenAPI documents are both generated from this table, so
// the documentation matches the checks. A route without an entry cannot be served.

/** What a credential may do. No scope includes another, except `admin` (operators), which includes all. */
export const SCOPES = ['read', 'write', 'webhooks', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** The scopes that an org's credential may have. `admin` is for operators only. */
export const ORG_SCOPES = ['read', 'write', 'webhooks'] as const satisfies readonly Scope[];

export type OrgScope = (typeof ORG_SCOPES)[number];

/** `open`: requires no credentials. */
export type RouteScope = Scope | 'open';

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** `METHOD /path/{param}` and the scope it needs. HEAD requires the scope of GET. */
export const ROUTE_SCOPES = {
  'POST /api/appointments': 'write',
  'GET /api/appointments': 'read',
  'POST /api/appointments/batch': 'write',
  'GET /api/appointments/{id}': 'read',
  'DELETE /api/appointments/{id}': 'write',
  'POST /api/appointments/{id}/confirm': 'write',
  'GET /api/appointments/{id}/history': 'read',
  'GET /api/appointments.ics': 'read',
  'GET /api/availability': 'read',
  'GET /api/changes': 'read',
  'GET /api/changes/stream': 'read',
  'GET /api/requests': 'read',
  'GET /api/requests/{requestId}': 'read',
  'GET /api/requests/{requestId}/events': 'read',
  'POST /api/webhooks': 'webhooks',
  'GET /api/webhooks': 'webhooks',
  'GET /api/webhooks/{id}': 'webhooks',
  'PATCH /api/webhooks/{id}': 'webhooks',
  'DELETE /api/webhooks/{id}': 'webhooks',
  'POST /api/webhooks/{id}/rotate-secret': 'webhooks',
  'POST /api/webhooks/{id}/ping': 'webhooks',
  'POST /api/webhooks/{id}/recover': 'webhooks',
  'GET /api/webhooks/{id}/deliveries': 'webhooks',
  'GET /api/webhooks/{id}/deliveries/{deliveryId}': 'webhooks',
  'POST /api/webhooks/{id}/deliveries/{deliveryId}/redeliver': 'webhooks',
  // Both ports.
  'GET /api/openapi.json': 'open',
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /api/docs': 'open',
  // The operators' port.
  'GET /metrics': 'open',
  'GET /api/admin/orgs': 'admin',
  'POST /api/admin/orgs/{orgId}/pause': 'admin',
  'POST /api/admin/orgs/{orgId}/resume': 'admin',
  'PUT /api/admin/orgs/{orgId}/weight': 'admin',
  'GET /api/admin/quarantine': 'admin',
  'POST /api/admin/quarantine/{requestId}/retry': 'admin',
  'GET /api/admin/requests/{requestId}': 'admin',
  'POST /api/admin/keys': 'admin',
  'GET /api/admin/keys': 'admin',
  'GET /api/admin/keys/{keyId}': 'admin',
  'DELETE /api/admin/keys/{keyId}': 'admin',
} as const satisfies Readonly<Record<`${Method} /${string}`, RouteScope>>;

/** A route that is served, as `METHOD /path/{param}`. */
export type Route = keyof typeof ROUTE_SCOPES;
