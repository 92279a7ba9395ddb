// The paths that responses link to, in one place, so that every id is escaped.

export function requestPath(requestId: string): string {
  return `/api/requests/${requestId}`;
}

export function appointmentPath({ orgId, appointmentId }: { orgId: string; appointmentId: string }): string {
  return `/api/appointments/${encodeURIComponent(appointmentId)}?orgId=${encodeURIComponent(orgId)}`;
}

/** `name`: the endpoint's id, or `callbacks`. */
export function webhookPath({ orgId, name }: { orgId: string; name: string }): string {
  return `/api/webhooks/${name}?orgId=${encodeURIComponent(orgId)}`;
}

/** Without its query. */
export function deliveriesPath(name: string): string {
  return `/api/webhooks/${name}/deliveries`;
}

export function deliveryPath({
  orgId,
  name,
  webhookId,
}: {
  orgId: string;
  name: string;
  webhookId: string;
}): string {
  return `${deliveriesPath(name)}/${webhookId}?orgId=${encodeURIComponent(orgId)}`;
}

/** A request on the operators' port. */
export function adminRequestPath(requestId: string): string {
  return `/api/admin/requests/${requestId}`;
}

export function adminKeyPath(keyId: string): string {
  return `/api/admin/keys/${keyId}`;
}
