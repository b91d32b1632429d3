// The part of https://protobuf.dev/programming-guides/encoding/ that the protocol of Terraform's plugins needs here.

/** The fields of a message: texts, bytes and messages as bytes, numbers and truth values as numbers. */
export type Fields = ReadonlyMap<number, readonly (Buffer | number)[]>;

type Field = string | Buffer | boolean | undefined;

/** Returns a message with these fields by number. A list repeats its field. */
export function encode(fields: Readonly<Record<number, Field | readonly Field[]>>): Buffer {
  const parts = Object.entries(fields).flatMap(([number, values]) =>
    [values].flat().map((value) => encodeField(Number(number), value as Field)),
  );
  return Buffer.concat(parts);
}

function encodeField(number: number, value: Field): Buffer {
  if (value === undefined || value === false) return Buffer.alloc(0);
  if (value === true) return Buffer.concat([varint(number << 3), varint(1)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest >= 128 ? (rest % 128) | 128 : rest);
    if (rest < 128) return Buffer.from(bytes);
  }
}

/** Returns the fields of a message. */
export function decode(message: Buffer): Fields {
  const fields = new Map<number, (Buffer | number)[]>();
  let at = 0;
  const number = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = number();
    let value: Buffer | number;
    if ((tag & 7) === 0) value = number();
    else if ((tag & 7) === 2) {
      const length = number();
      value = message.subarray(at, at + length);
      at += length;
    } else throw new Error(`no such wire type: ${tag & 7}`);
    const field = tag >> 3;
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

/** Returns a field of bytes; empty if the message does not have it. */
export function bytesOf(fields: Fields, number: number): Buffer {
  const [value] = fields.get(number) ?? [];
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}
