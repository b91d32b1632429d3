// Encodes and decodes the values of D-Bus messages, for the types that the secret service uses:
// https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-marshaling

/** A variant: the signature of its type, and the value. */
export type Variant = readonly [signature: string, value: unknown];

const alignments: Readonly<Record<string, number>> = { y: 1, g: 1, v: 1, '(': 8, '{': 8 };

/** Returns the bytes of values with this signature. `at` is their place in the message. */
export function encode(signature: string, values: readonly unknown[], at = 0): Buffer {
  const parts: Buffer[] = [];
  let end = at;
  for (const [index, type] of typesOf(signature).entries()) {
    const bytes = encodeOne(type, values[index], end);
    parts.push(bytes);
    end += bytes.length;
  }
  return Buffer.concat(parts);
}

function encodeOne(type: string, value: unknown, from: number): Buffer {
  const gap = Buffer.alloc(gapAt(from, type));
  const at = from + gap.length;
  return Buffer.concat([gap, encodeAligned(type, value, at)]);
}

function encodeAligned(type: string, value: unknown, at: number): Buffer {
  if (type === 'y') return Buffer.from([value as number]);
  if (type === 'u' || type === 'b') return number(Number(value));
  if (type === 's' || type === 'o') {
    const text = Buffer.from(`${value}\0`);
    return Buffer.concat([number(text.length - 1), text]);
  }
  if (type === 'g') return Buffer.from(`${String.fromCharCode(`${value}`.length)}${value}\0`, 'latin1');
  if (type === 'v') {
    const [signature, inner] = value as Variant;
    const head = encodeAligned('g', signature, at);
    return Buffer.concat([head, encodeOne(signature, inner, at + head.length)]);
  }
  if (type[0] === 'a') {
    const element = type.slice(1);
    const gap = Buffer.alloc(gapAt(at + 4, element));
    const elements = value as readonly unknown[];
    const items = Buffer.isBuffer(value)
      ? value
      : encode(element.repeat(elements.length), elements, at + 4 + gap.length);
    return Buffer.concat([number(items.length), gap, items]);
  }
  return encode(type.slice(1, -1), value as readonly unknown[], at);
}

/** Returns the values of these bytes, and where they end. Throws for a type that it does not know. */
export function decode(signature: string, bytes: Buffer, at = 0): { values: unknown[]; end: number } {
  const values: unknown[] = [];
  let end = at;
  for (const type of typesOf(signature)) {
    const read = decodeOne(type, bytes, end + gapAt(end, type));
    values.push(read.value);
    end = read.end;
  }
  return { values, end };
}

function decodeOne(type: string, bytes: Buffer, at: number): { value: unknown; end: number } {
  if (type === 'y') return { value: bytes.readUInt8(at), end: at + 1 };
  if (type === 'u') return { value: bytes.readUInt32LE(at), end: at + 4 };
  if (type === 'b') return { value: bytes.readUInt32LE(at) === 1, end: at + 4 };
  if (type === 'g') return text(bytes, at + 1, bytes.readUInt8(at));
  if (type === 's' || type === 'o') return text(bytes, at + 4, bytes.readUInt32LE(at));
  if (type === 'v') {
    const { value: signature, end } = decodeOne('g', bytes, at);
    const { values, end: after } = decode(`${signature}`, bytes, end);
    return { value: values[0], end: after };
  }
  if (type[0] === 'a') {
    const element = type.slice(1);
    const start = at + 4 + gapAt(at + 4, element);
    const end = start + bytes.readUInt32LE(at);
    if (end > bytes.length) throw new RangeError('the array is longer than the message');
    if (element === 'y') return { value: bytes.subarray(start, end), end };
    const value: unknown[] = [];
    for (let next = start; next < end; ) {
      const read = decode(element, bytes, next);
      value.push(read.values[0]);
      next = read.end;
    }
    return { value, end };
  }
  if (type[0] === '(' || type[0] === '{') {
    const { values, end } = decode(type.slice(1, -1), bytes, at);
    return { value: values, end };
  }
  throw new TypeError(`unknown type ${type}`);
}

function text(bytes: Buffer, at: number, length: number): { value: string; end: number } {
  return { value: bytes.toString('utf8', at, at + length), end: at + length + 1 };
}

/** Returns the complete types of a signature. */
function typesOf(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = typeEnd(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

function typeEnd(signature: string, at: number): number {
  if (signature[at] === 'a') return typeEnd(signature, at + 1);
  if (signature[at] !== '(' && signature[at] !== '{') return at + 1;
  let end = at + 1;
  while (end < signature.length && signature[end] !== ')' && signature[end] !== '}')
    end = typeEnd(signature, end);
  return end + 1;
}

/** Returns the number of zero bytes before a value of this type. */
export function gapAt(at: number, type: string): number {
  const alignment = alignments[type[0] ?? ''] ?? 4;
  return (alignment - (at % alignment)) % alignment;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
