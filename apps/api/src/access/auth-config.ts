// How credentials are judged, as the settings have it.

export type AuthConfig =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'keys';
      /** How long known keys go on working while PostgreSQL is away. */
      readonly staleMaxMs: number;
    }
  | ({ readonly kind: 'jwt' } & JwtConfig);

export interface JwtConfig {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  /** The claim that names the org. */
  readonly orgClaim: string;
  /** The scope that makes an operator of a token without an org. `undefined`: no token is an operator's. */
  readonly operatorScope?: string | undefined;
  /** What the `typ` header must be; `undefined` takes any. */
  readonly typ?: string | undefined;
  /** Seconds since `iat` after which a token is refused; `undefined` lets `exp` alone decide. */
  readonly maxAgeS?: number | undefined;
}
