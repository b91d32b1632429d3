import { parse } from 'acorn';

/**
 * Returns the same strict script with its functions in parentheses: V8 compiles those at once, not at the
 * first call, so the code cache contains them (https://v8.dev/blog/preparser). They move to the front,
 * because a declaration takes effect before any statement.
 * @param {string} source
 */
export function eager(source) {
  const { body } = parse(source, { ecmaVersion: 'latest' });
  let functions = '';
  let rest = '';
  let at = 0;
  for (const node of body) {
    if (node.type !== 'FunctionDeclaration') continue;
    functions += `var ${node.id.name}=(${source.slice(node.start, node.end)});`;
    rest += source.slice(at, node.start);
    at = node.end;
  }
  return `"use strict";${functions}${rest}${source.slice(at)}`;
}
