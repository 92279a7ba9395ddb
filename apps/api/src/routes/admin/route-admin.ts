// The `/api/admin` part of the operators' route table; see `create-admin-app.ts`.

import { admin, type AddRoute } from '../scoped-routes.ts';
import type { ApiContext } from '../api-context.ts';
import { BODY_BYTES_MAX, readBody } from '../../http/read-body.ts';
import { getRequest } from '../get-request.ts';
import { createKey, getKey, listKeys, revokeKey } from './govern-keys.ts';
import { pauseOrg, resumeOrg, setOrgWeight } from './govern-orgs.ts';
import { listOrgs } from './list-orgs.ts';
import { listQuarantine } from './list-quarantine.ts';
import { retryQuarantined } from './retry-quarantined.ts';

export function routeAdmin(route: AddRoute, context: ApiContext): void {
  route('/api/admin/orgs', { GET: admin(listOrgs(context)) });
  route('/api/admin/orgs/{orgId}/pause', { POST: admin(pauseOrg(context)) });
  route('/api/admin/orgs/{orgId}/resume', { POST: admin(resumeOrg(context)) });
  route('/api/admin/orgs/{orgId}/weight', {
    PUT: admin(readBody(BODY_BYTES_MAX), setOrgWeight(context)),
  });
  route('/api/admin/quarantine', { GET: admin(listQuarantine(context)) });
  route('/api/admin/quarantine/{requestId}/retry', { POST: admin(retryQuarantined(context)) });
  route('/api/admin/requests/{requestId}', { GET: admin(getRequest(context)) });
  route('/api/admin/keys', {
    POST: admin(readBody(BODY_BYTES_MAX), createKey(context)),
    GET: admin(listKeys(context)),
  });
  route('/api/admin/keys/{keyId}', { GET: admin(getKey(context)), DELETE: admin(revokeKey(context)) });
}
