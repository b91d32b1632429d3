// A strict reader for the part of HCL that the pages use: https://developer.hashicorp.com/terraform/language/syntax/configuration

export type HclValue =
  | string
  | number
  | boolean
  | HclValue[]
  | { [key: string]: HclValue }
  | Reference
  | Call;

/** `aws_iam_role.developer.name` */
export class Reference {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }
}

/** `jsonencode({ … })` */
export class Call {
  readonly name: string;
  readonly args: readonly HclValue[];

  constructor(name: string, args: readonly HclValue[]) {
    this.name = name;
    this.args = args;
  }
}

export interface HclBlock {
  type: string;
  labels: readonly string[];
  attributes: Readonly<Record<string, HclValue>>;
  blocks: readonly HclBlock[];
}

/** Returns the blocks of a file. Throws with the line of the first fault. */
export function parseHcl(text: string): readonly HclBlock[] {
  const reader = new Reader(text);
  const { blocks, attributes } = reader.body('end');
  const [first] = Object.keys(attributes);
  if (first !== undefined) throw new Error(`${first} is in no block`);
  return blocks;
}

interface Token {
  kind: 'name' | 'string' | 'number' | 'sign' | 'line' | 'end';
  text: string;
  line: number;
}

const token = /[ \t]+|#[^\n]*|(\n)|"((?:[^"\\\n]|\\.)*)"|([A-Za-z_][\w-]*)|(\d+)|([{}[\]()=,.])/y;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let line = 1;
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (!match) throw new Error(`line ${line}: unexpected ${text.slice(at, at + 20)}`);
    const [, newline, string, name, number, sign] = match;
    if (string?.includes('${')) throw new Error(`line ${line}: this reader knows no template`);
    if (newline) found.push({ kind: 'line', text: 'the end of the line', line: line++ });
    else if (string !== undefined) found.push({ kind: 'string', text: JSON.parse(`"${string}"`), line });
    else if (name) found.push({ kind: 'name', text: name, line });
    else if (number) found.push({ kind: 'number', text: number, line });
    else if (sign) found.push({ kind: 'sign', text: sign, line });
  }
  return [...found, { kind: 'end', text: 'the end', line }];
}

class Reader {
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
  }

  /** Reads attributes and blocks up to a closing brace, or to the end of the file. */
  body(until: '}' | 'end'): Pick<HclBlock, 'attributes' | 'blocks'> {
    const attributes: Record<string, HclValue> = {};
    const blocks: HclBlock[] = [];
    for (this.#lines(); !this.#isAt(until); this.#lines()) {
      const name = this.#take('name');
      if (Object.hasOwn(attributes, name)) throw this.#fault(`${name} occurs twice`);
      if (this.#skip('=')) attributes[name] = this.#value();
      else blocks.push(this.#block(name));
      if (!this.#isAt(until)) this.#take('line');
    }
    return { attributes, blocks };
  }

  #block(type: string): HclBlock {
    const labels: string[] = [];
    while (this.#next.kind === 'string') labels.push(this.#take('string'));
    this.#sign('{');
    const body = this.body('}');
    this.#sign('}');
    return { type, labels, ...body };
  }

  #value(): HclValue {
    const { kind, text } = this.#next;
    if (this.#skip('[')) return this.#list(']');
    if (this.#skip('{')) return this.#object();
    if (kind !== 'string' && kind !== 'number' && kind !== 'name') throw this.#fault(`unexpected ${text}`);
    this.#at += 1;
    if (kind === 'string') return text;
    if (kind === 'number') return Number(text);
    if (text === 'true' || text === 'false') return text === 'true';
    if (this.#skip('(')) return new Call(text, this.#list(')'));
    let path = text;
    while (this.#skip('.')) path += `.${this.#take('name')}`;
    return new Reference(path);
  }

  /** Reads values with commas between them; line breaks mean nothing here. */
  #list(end: ']' | ')'): HclValue[] {
    const values: HclValue[] = [];
    for (this.#lines(); !this.#isAt(end); this.#lines()) {
      values.push(this.#value());
      this.#lines();
      if (!this.#isAt(end)) this.#sign(',');
    }
    this.#sign(end);
    return values;
  }

  #object(): { [key: string]: HclValue } {
    const values: Record<string, HclValue> = {};
    for (this.#lines(); !this.#isAt('}'); this.#lines()) {
      const key = this.#next.kind === 'string' ? this.#take('string') : this.#take('name');
      if (Object.hasOwn(values, key)) throw this.#fault(`${key} occurs twice`);
      this.#sign('=');
      values[key] = this.#value();
      if (!this.#isAt('}') && !this.#skip(',')) this.#take('line');
    }
    this.#sign('}');
    return values;
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #isAt(sign: string): boolean {
    return sign === 'end'
      ? this.#next.kind === 'end'
      : this.#next.kind === 'sign' && this.#next.text === sign;
  }

  #lines(): void {
    while (this.#next.kind === 'line') this.#at += 1;
  }

  #skip(sign: string): boolean {
    const found = this.#isAt(sign);
    if (found) this.#at += 1;
    return found;
  }

  #sign(sign: string): void {
    if (!this.#skip(sign)) throw this.#fault(`${sign} is missing before ${this.#next.text}`);
  }

  #take(kind: Token['kind']): string {
    const { kind: found, text } = this.#next;
    if (found !== kind) throw this.#fault(`unexpected ${text}`);
    this.#at += 1;
    return text;
  }

  #fault(what: string): Error {
    return new Error(`line ${this.#next.line}: ${what}`);
  }
}
