// Writes the language of Terraform as `terraform fmt` lays it out: https://developer.hashicorp.com/terraform/language/syntax/configuration

/** A value of an argument. */
export type HclValue =
  | string
  | number
  | HclExpression
  | readonly HclValue[]
  | { readonly [key: string]: HclValue };

/** An expression that is written as it is, such as `aws_iam_role.developer.name`. */
export class HclExpression {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Returns a block with its labels, without a line end. Each group of arguments follows an empty line. */
export function hclBlock(
  type: string,
  labels: readonly string[],
  ...groups: readonly Readonly<Record<string, HclValue>>[]
): string {
  const head = [type, ...labels.map(hclString), '{'].join(' ');
  const bodies = groups
    .filter((group) => Object.keys(group).length > 0)
    .map((group) => attributes(Object.entries(group), 1));
  return `${head}\n${bodies.join('\n\n')}\n}`;
}

/** Returns `jsonencode(…)` of a document. */
export function hclJson(document: { readonly [key: string]: HclValue }, depth = 1): HclExpression {
  return new HclExpression(`jsonencode(${valueAt(document, depth, true)})`);
}

/** Returns a name that Terraform accepts for a resource, in the usual spelling: `developer_access`. */
export function hclName(text: string): string {
  const words = text
    .replace(/([a-z\d])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3_$2$4')
    .toLowerCase()
    .replace(/[^a-z\d-]+/g, '_')
    .replace(/^_|_$/g, '');
  return /^[a-z]/.test(words) ? words : `_${words}`;
}

/** Quotes text, also where Terraform would read a template (`${`, `%{`). */
export function hclString(text: string): string {
  const quoted = text
    .replace(/["\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/gu, escaped)
    // `$${` is a literal `${`. After a further sign its meaning is unclear, so that one is written as its number.
    .replace(/([$%]?)([$%])\{/g, (_all, before: string, sign: string) =>
      [before && escaped(before), sign, sign, '{'].join(''),
    );
  return `"${quoted}"`;
}

function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/** Returns arguments in lines. As in `terraform fmt`, the signs of neighbours in single lines are in one column. */
function attributes(entries: readonly (readonly [string, HclValue])[], depth: number): string {
  const rows = entries.map(([name, value]) => ({ name, text: valueAt(value, depth) }));
  const isLong = ({ text }: { text: string }) => text.includes('\n');
  return rows
    .map((row, index) => {
      const first = rows.findLastIndex((other, at) => at < index && isLong(other)) + 1;
      const end = rows.findIndex((other, at) => at > index && isLong(other));
      const chain = rows.slice(first, end < 0 ? undefined : end);
      const width = isLong(row) ? 0 : Math.max(...chain.map(({ name }) => name.length));
      return `${'  '.repeat(depth)}${row.name.padEnd(width)} = ${row.text}`;
    })
    .join('\n');
}

/** Returns a value, whose first line is behind a name at this depth. */
function valueAt(value: HclValue, depth: number, isOpen = false): string {
  if (typeof value === 'string') return hclString(value);
  if (typeof value === 'number') return String(value);
  if (value instanceof HclExpression) return value.text;
  const indent = '  '.repeat(depth);
  if (isList(value)) {
    const texts = value.map((each) => valueAt(each, depth + 1, true));
    if (texts.every((text) => !text.includes('\n'))) return `[${texts.join(', ')}]`;
    return `[\n${texts.map((text) => `${indent}  ${text},\n`).join('')}${indent}]`;
  }
  const entries = Object.entries(value).map(([key, each]) => [hclKey(key), each] as const);
  const [only] = entries;
  if (
    only &&
    entries.length === 1 &&
    !isOpen &&
    (typeof only[1] !== 'object' || only[1] instanceof HclExpression)
  )
    return `{ ${only[0]} = ${valueAt(only[1], depth)} }`;
  return `{\n${attributes(entries, depth + 1)}\n${indent}}`;
}

function isList(value: HclValue): value is readonly HclValue[] {
  return Array.isArray(value);
}

/** Quotes the key of an object unless it is a name. */
function hclKey(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? key : hclString(key);
}
