// The credential of an `Authorization` header (RFC 6750, 2.1): the scheme in any case, one token, nothing else.

const BEARER = /^bearer +([^\s]+)$/i;

/** `undefined` when the header is absent or has another scheme. */
export function readBearer(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
}
