// Webhooks: signing, sealing secrets, posting safely and reading what came of it. Knows no store and no queue.

export { isPublicAddress } from './address.ts';
export type { Answer, Answered, Failed, FailureReason } from './answer.ts';
export { classify, type Classified } from './classify.ts';
export { describeFailure } from './describe-failure.ts';
export { openPoster, type Post, type Poster, type PosterOptions } from './open-poster.ts';
export { refuseHost, type HostRefusal } from './refuse-host.ts';
export { refuseUrl, type AddressPolicy } from './refuse-url.ts';
export { openHostResolver, type HostResolver } from './resolve-host.ts';
export { newSecret, openSecret, SealedSecretError, sealSecret } from './secrets.ts';
export { signHeaders, type Signing } from './sign.ts';
