import { hkdfSync, randomBytes } from 'node:crypto';

/** The prime of the second Oakley group (RFC 2409, 6.2), which the secret service uses with generator 2. */
const prime = BigInt(
  '0x' +
    'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74' +
    '020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437' +
    '4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
    'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff',
);
const bytes = 128;

/** One side of the key agreement `dh-ietf1024-sha256-aes128-cbc-pkcs7`. */
export interface KeyAgreement {
  publicKey: Buffer;
  /**
   * Returns the key of AES-128; undefined if the shared number has fewer bytes than the prime. Then KWallet
   * derives another key, because it omits the leading zeros that libsecret and gnome-keyring add. Throws if the
   * other side sent no public key.
   */
  keyWith(theirs: unknown): Buffer | undefined;
}

/** Starts a key agreement. It does not use Node's own, which checks the prime again each time, for 200 ms. */
export function startKeyAgreement(): KeyAgreement {
  // A group of 1024 bits has a strength of about 80 bits, and an exponent needs twice that.
  const secret = toNumber(randomBytes(32));
  return {
    publicKey: toBytes(power(2n, secret)),
    keyWith(theirs) {
      const number = Buffer.isBuffer(theirs) ? toNumber(theirs) : 0n;
      if (number <= 1n || number >= prime - 1n) throw new Error('no public key');
      const common = toBytes(power(number, secret));
      return common[0] === 0 ? undefined : Buffer.from(hkdfSync('sha256', common, '', '', 16));
    },
  };
}

/** Returns base^exponent modulo the prime. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [base, exponent]; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

function toNumber(value: Buffer): bigint {
  return BigInt(`0x${value.toString('hex') || '0'}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex');
}
