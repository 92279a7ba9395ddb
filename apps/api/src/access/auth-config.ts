// How credentials are judged, as configured.

export type AuthConfig =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'keys';
      /** How long known keys stay valid while PostgreSQL is unreachable. */
      readonly staleMaxMs: number;
    }
  | ({ readonly kind: 'jwt' } & JwtConfig);

export interface JwtConfig {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** The claim that names the org. */
  readonly orgClaim: string;
  /** The scope that makes a token without an org an operator's. `undefined`: no token is an operator's. */
  readonly operatorScope?: string | undefined;
  /** What the `typ` header must be; `undefined` takes any. */
  readonly typ?: string | undefined;
  /** Seconds since `iat` after which a token is refused; `undefined` lets `exp` alone decide. */
  readonly maxAgeS?: number | undefined;
}
