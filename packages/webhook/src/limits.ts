/**
 * Every limit that is not an option. Each bounds what one hostile URL, name or receiver may take,
 * so that no answer makes a buffer, a list or a wait grow without end.
 */

/** Characters of a URL that is posted to. */
export const URL_CHARS_MAX = 2_048;
/** Characters of an answer's body that are kept for the delivery log. */
export const ANSWER_CHARS_MAX = 1_000;
/** Bytes that are decoded for them: no character of UTF-8 is longer than four. */
export const ANSWER_BYTES_KEPT = 4 * ANSWER_CHARS_MAX;
/** Bytes of an answer's head, the same as Node's own limit for a server. */
export const HEAD_BYTES_MAX = 16_384;
/**
 * Bytes read from a connection for each byte of body that may be read, and the head on top: bounds what is neither
 * head nor body, such as interim answers without end and chunks of one byte each (six bytes on the wire).
 */
export const WIRE_BYTES_EACH_MAX = 8;

/** Wait for one DNS server before the next try, and tries: an unanswered name is given up after about 6 s. */
export const DNS_TRY_MS = 2_000;
export const DNS_TRIES_MAX = 2;
/** For the look-up of a name at registration, and for the answer that it is refused. */
export const LOOK_UP_MS = 3_000;
/** Most addresses of a name. A name with more is refused: real hosts have fewer, and each check takes time. */
export const ADDRESSES_MAX = 64;
/** Addresses of a name that are tried, and the wait for each but the last: far receivers answer within a second. */
export const ADDRESSES_DIALLED_MAX = 4;
export const NEXT_ADDRESS_AFTER_MS = 2_500;
