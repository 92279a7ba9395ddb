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
}
