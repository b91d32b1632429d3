// Loaded before a program with --require: the function that THROWING_PART names (`JSON.parse`, `fs.writeSync`) throws an error that holds
// a secret, THROWING_SECRET, at its call number THROWING_CALL of the program's own code.
// Not while the program is loaded, when it has seen nothing yet.
const { THROWING_PART = '', THROWING_SECRET, THROWING_CALL } = process.env;
const path = THROWING_PART.split('.');
const name = path.pop() ?? '';
const [first = '', ...steps] = path;
let owner = ['fs', 'net'].includes(first) ? require(`node:${first}`) : Reflect.get(globalThis, first);
for (const step of steps) owner = owner[step];
const real = owner[name];
let calls = 0;
let looking = false;
/** @this {unknown} */
owner[name] = function (/** @type {unknown[]} */ ...args) {
  if (!looking) {
    looking = true;
    const { stack = '' } = new Error();
    const loading = stack.includes('Module._compile') && !stack.includes('at main ');
    // The reader comes from a code cache, which knows its bare name.
    const inProgram = /\/dist\/|\breader\.cjs:/.test(stack) && !loading;
    looking = false;
    if (inProgram && ++calls === Number(THROWING_CALL)) {
      throw Object.assign(new TypeError(`cannot use ${THROWING_SECRET}`), { input: THROWING_SECRET });
    }
  }
  return Reflect.apply(real, this, args);
};
