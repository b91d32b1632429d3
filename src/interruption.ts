let controller: AbortController | undefined;

/** Aborts at ^C, from the first call on; until then the process simply dies of it. */
export function interruption(): AbortSignal {
  if (!controller) {
    const own = new AbortController();
    controller = own;
    process.once('SIGINT', () => own.abort());
  }
  return controller.signal;
}

export function wasInterrupted(): boolean {
  return controller?.signal.aborted ?? false;
}
