import { isUtf8 } from 'node:buffer';
import { systemCode } from '../errors.ts';
import { isNotAFile, readFile } from '../process/read-file.ts';
import { printable } from '../terminal/printable.ts';
import { BadJson, compactJson } from './compact-json.ts';
import { BadValue } from './parse-values.ts';

/** An inline session policy, which limits the credentials beside the role's own policies. */
export interface SessionPolicy {
  readonly path: string;
  /** The path in messages. */
  readonly shown: string;
  /** The JSON that STS gets: that of the file, without the blanks between its words. */
  readonly text: string;
}

/** The characters that STS accepts for the inline policy and the policy ARNs together. */
export const longestPolicy = 2048;

/**
 * Reads and checks the file of a session policy; `shown` is its path in messages. Throws BadValue. STS checks the
 * rest: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function readSessionPolicy(path: string, shown: string): SessionPolicy {
  const text = decoded(contentOf(path, shown), shown);
  try {
    const policy = { path, shown, text: compactJson(text) };
    refuseCharacters(text);
    const fault = shapeFault(JSON.parse(policy.text));
    if (fault) throw new BadValue(`${shown}: ${fault}`);
    return policy;
  } catch (error) {
    if (!(error instanceof BadJson)) throw error;
    const before = text.slice(0, error.offset).split('\n');
    throw new BadValue(`${shown}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ${error.message}`);
  }
}

function contentOf(path: string, shown: string): Buffer {
  try {
    return readFile(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') throw new BadValue(`${shown} does not exist`);
    if (isNotAFile(error)) throw new BadValue(`${shown} ${error.message}`);
    throw new BadValue(`${shown} cannot be read (${code ?? 'unknown error'})`);
  }
}

function decoded(bytes: Buffer, shown: string): string {
  if (!isUtf8(bytes)) throw new BadValue(`${shown} is not UTF-8: save it as UTF-8`);
  const text = bytes.toString();
  if (text.startsWith('\ufeff'))
    throw new BadValue(`${shown} begins with a byte order mark: save it as UTF-8 without one`);
  return text;
}

/** Refuses what STS does not accept, in the place of the file where it is. */
function refuseCharacters(text: string): void {
  const { 0: character = '', index } = /[^\t\n\r\x20-\xff]/u.exec(text) ?? {};
  const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  if (index !== undefined) throw new BadJson(`STS accepts no character such as U+${code}`, index);
}

function shapeFault(policy: unknown): string | undefined {
  if (!isObject(policy)) return 'a policy must be a JSON object';
  const { Version: version, Statement: statement } = policy;
  if (version !== '2012-10-17' && version !== '2008-10-17')
    return version === undefined
      ? 'the policy has no Version: add "Version": "2012-10-17"'
      : `Version must be "2012-10-17", not ${printable(JSON.stringify(version), 40)}`;
  const statements = [statement].flat();
  if (statement === undefined || statements.length === 0) return 'the policy has no Statement';
  if (!statements.every(isObject)) return 'Statement must be an object or a list of objects';
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
