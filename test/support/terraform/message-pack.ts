// The part of https://github.com/msgpack/msgpack/blob/master/spec.md in which Terraform sends values.

/** A value that Terraform does not know before it applies a plan. */
export const unknown = Symbol('unknown');

/** Returns the value of a document. */
export function unpack(document: Buffer): unknown {
  let at = 0;
  const take = (length: number) => {
    at += length;
    return document.subarray(at - length, at);
  };
  const sized = (bytes: number) => take(bytes).readUIntBE(0, bytes);
  const text = (length: number) => take(length).toString();
  const list = (length: number) => Array.from({ length }, () => value());
  const map = (length: number) => Object.fromEntries(Array.from({ length }, () => [value(), value()]));
  const extension = (length: number) => {
    take(1 + length);
    return unknown;
  };
  function value(): unknown {
    const byte = sized(1);
    if (byte < 0x80) return byte;
    if (byte < 0x90) return map(byte & 0x0f);
    if (byte < 0xa0) return list(byte & 0x0f);
    if (byte < 0xc0) return text(byte & 0x1f);
    if (byte >= 0xe0) return byte - 0x100;
    switch (byte) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return byte === 0xc3;
      case 0xc7:
        return extension(sized(1));
      case 0xcc:
        return sized(1);
      case 0xcd:
      case 0xd1:
        return sized(2);
      case 0xce:
      case 0xd2:
        return sized(4);
      case 0xd4:
      case 0xd5:
      case 0xd6:
        return extension(1 << (byte - 0xd4));
      case 0xd9:
        return text(sized(1));
      case 0xda:
        return text(sized(2));
      case 0xdc:
        return list(sized(2));
      case 0xde:
        return map(sized(2));
      default:
        throw new Error(`no such type: 0x${byte.toString(16)}`);
    }
  }
  return value();
}
