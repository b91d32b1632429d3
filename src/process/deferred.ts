/** A promise with the functions that settle it, as from Promise.withResolvers, which Node has since 22. */
export interface Deferred<Value> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (error: Error) => void;
}

export function deferred<Value = void>(): Deferred<Value> {
  const settle = {} as Omit<Deferred<Value>, 'promise'>;
  const promise = new Promise<Value>((resolve, reject) => Object.assign(settle, { resolve, reject }));
  return { promise, ...settle };
}
