import type { TestContext } from 'node:test';

/** Makes `process.platform` another one until the end of the test. */
export function pretendPlatform(t: TestContext, platform: NodeJS.Platform): void {
  const real = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
  Object.defineProperty(process, 'platform', { ...real, value: platform });
  t.after(() => Object.defineProperty(process, 'platform', real));
}
