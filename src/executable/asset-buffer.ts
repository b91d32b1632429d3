import { getRawAsset } from 'node:sea';

/** An embedded file, not copied: to be read only. */
export function assetBuffer(name: string): Buffer {
  return Buffer.from(getRawAsset(name) as ArrayBuffer);
}
