/** A part of a JSON text and its line, counted from 1. */
export type JsonPart = JsonObject | JsonWord;

export interface JsonObject {
  kind: 'object';
  line: number;
  /** In the order of the text, with all those of a name that is there twice. */
  members: JsonMember[];
}

/** A text, or any other word: a number, `true`, `null`. */
export interface JsonWord {
  kind: 'text' | 'other';
  line: number;
  value: string;
}

export interface JsonMember {
  name: string;
  line: number;
  part: JsonPart;
}

/** The error of a text that is not JSON (RFC 8259), or has a list or more levels than `deepest`. Its message is the fault. */
export class NotJson extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const deepest = 8;

/**
 * Reads a JSON text of objects, texts and words. JSON.parse() tells no lines, and keeps the last of two members
 * with one name without a word. Throws NotJson.
 */
export function readJsonText(text: string): JsonPart {
  const scanner = new Scanner(text);
  const part = scanner.part(0);
  scanner.end();
  return part;
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  part(depth: number): JsonPart {
    const next = this.#next();
    const line = this.#line;
    if (next === '{') return this.#object(depth);
    if (next === '"') return { kind: 'text', line, value: this.#string() };
    if (next === '[') throw this.#fault('a list, which no key has');
    const [value] = this.#match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y) ?? [];
    if (value === undefined) throw this.#fault(next ? `not JSON at ${next}` : 'ends too early');
    return { kind: 'other', line, value };
  }

  end(): void {
    const rest = this.#next();
    if (rest) throw this.#fault(`not JSON at ${rest}, after the end of the object`);
  }

  #object(depth: number): JsonObject {
    if (depth === deepest) throw this.#fault('too many levels');
    const object: JsonObject = { kind: 'object', line: this.#line, members: [] };
    this.#take('{');
    if (this.#next() !== '}') {
      do {
        if (this.#next() !== '"') throw this.#fault('a name in double quotes must follow');
        const line = this.#line;
        const name = this.#string();
        this.#take(':');
        object.members.push({ name, line, part: this.part(depth + 1) });
      } while (this.#isTaken(','));
    }
    this.#take('}');
    return object;
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    // Step by step, since a pattern with a choice inside its repetition can use up the stack.
    for (let character = ''; character !== '"'; end++) {
      character = this.#text.charAt(end);
      if (character < ' ') throw this.#fault('a text without its closing double quote');
      if (character === '\\') end++;
    }
    try {
      const value: string = JSON.parse(this.#text.slice(start, end));
      this.#at = end;
      return value;
    } catch {
      throw this.#fault('a text with a backslash that JSON does not know');
    }
  }

  #take(sign: string): void {
    if (!this.#isTaken(sign)) throw this.#fault(`${sign} must follow`);
  }

  #isTaken(sign: string): boolean {
    if (this.#next() !== sign) return false;
    this.#at++;
    return true;
  }

  /** Returns the next character that is no blank; '' at the end. */
  #next(): string {
    for (;;) {
      const character = this.#text.charAt(this.#at);
      if (character === '' || !' \t\r\n'.includes(character)) return character;
      if (character === '\n') this.#line++;
      this.#at++;
    }
  }

  #match(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text) ?? undefined;
    this.#at += found?.[0].length ?? 0;
    return found;
  }

  #fault(message: string): NotJson {
    return new NotJson(this.#line, message);
  }
}
