import { parse } from 'acorn';

/**
 * The same strict script, its own functions compiled with it and not each at its first call, so that its code cache holds them. V8 does so
 * with a function in parentheses, which as a rule is called at once (https://v8.dev/blog/preparser). A declaration holds before whatever
 * runs, and so does what takes its place.
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
