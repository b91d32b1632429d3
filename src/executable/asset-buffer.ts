import { getRawAsset } from 'node:sea';

/** Returns an embedded file without a copy. Do not write to it. */
export function assetBuffer(name: string): Buffer {
  return Buffer.from(getRawAsset(name) as ArrayBuffer);
}
