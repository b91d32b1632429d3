// Loaded before a program with --require: the function that THROWING_PART names (`JSON.parse`, `fs.writeSync`) throws an error that holds
// a secret, THROWING_SECRET, and makes the file THROWING_MARK, at its call number THROWING_CALL by what the program's function THROWING_IN does.
const { THROWING_PART = '', THROWING_IN, THROWING_CALL, THROWING_SECRET, THROWING_MARK } = process.env;
const { writeFileSync } = require('node:fs');
Error.stackTraceLimit = 100;
const within = new RegExp(`\\bat (async )?(\\w+\\.)?${THROWING_IN} `);
const path = THROWING_PART.split('.');
const name = path.pop() ?? '';
const [first = '', ...steps] = path;
let owner = ['crypto', 'fs', 'net'].includes(first)
  ? require(`node:${first}`)
  : Reflect.get(globalThis, first);
for (const step of steps) owner = owner[step];
const real = owner[name];
let calls = 0;
let looking = false;
/** @this {unknown} */
owner[name] = function (/** @type {unknown[]} */ ...args) {
  if (!looking) {
    looking = true;
    const { stack = '' } = new Error();
    const inProgram = /\/dist\//.test(stack) && within.test(stack);
    looking = false;
    if (inProgram && ++calls === Number(THROWING_CALL)) {
      if (THROWING_MARK) writeFileSync(THROWING_MARK, '');
      throw Object.assign(new TypeError(`cannot use ${THROWING_SECRET}`), { input: THROWING_SECRET });
    }
  }
  return Reflect.apply(real, this, args);
};
