// The addresses that answers point at, in one place, so that no id is ever pasted in unescaped.

export function requestPath(requestId: string): string {
  return `/api/requests/${requestId}`;
}

export function appointmentPath({ orgId, appointmentId }: { orgId: string; appointmentId: string }): string {
  return `/api/appointments/${encodeURIComponent(appointmentId)}?orgId=${encodeURIComponent(orgId)}`;
}
