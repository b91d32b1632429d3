/**
 * Returns a copy of variables as an environment, without those that are undefined. On Windows it finds, sets
 * and deletes a variable by its name in any case, as process.env does there: a plain copy of process.env has
 * `Path` and no `PATH`. A later variable replaces an earlier one of the same name.
 */
export function environmentOf(
  variables: Iterable<readonly [name: string, value: string | undefined]>,
  isWindows = process.platform === 'win32',
): NodeJS.ProcessEnv {
  const set = [...variables].filter(([, value]) => value !== undefined);
  if (!isWindows) return Object.fromEntries(set);
  const env: NodeJS.ProcessEnv = new Proxy({}, new AnyCase());
  for (const [name, value] of set) env[name] = value;
  return env;
}

/** Finds each property by its name in any case, and keeps the spelling with which it was set first. */
class AnyCase implements ProxyHandler<NodeJS.ProcessEnv> {
  readonly #spellings = new Map<string, string>();

  #spelling(name: string | symbol): string | symbol {
    return typeof name === 'string' ? (this.#spellings.get(name.toUpperCase()) ?? name) : name;
  }

  get(env: NodeJS.ProcessEnv, name: string | symbol): unknown {
    return Reflect.get(env, this.#spelling(name));
  }

  set(env: NodeJS.ProcessEnv, name: string, value: string): boolean {
    const spelling = this.#spelling(name) as string;
    this.#spellings.set(name.toUpperCase(), spelling);
    return Reflect.set(env, spelling, value);
  }

  has(env: NodeJS.ProcessEnv, name: string | symbol): boolean {
    return Reflect.has(env, this.#spelling(name));
  }

  deleteProperty(env: NodeJS.ProcessEnv, name: string | symbol): boolean {
    return Reflect.deleteProperty(env, this.#spelling(name));
  }

  getOwnPropertyDescriptor(env: NodeJS.ProcessEnv, name: string | symbol): PropertyDescriptor | undefined {
    return Reflect.getOwnPropertyDescriptor(env, this.#spelling(name));
  }
}
