import type { TestContext } from 'node:test';

/** What asks for the operating system until the end of this test is told another one. */
export function pretendPlatform(t: TestContext, platform: NodeJS.Platform): void {
  const real = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
  Object.defineProperty(process, 'platform', { ...real, value: platform });
  t.after(() => Object.defineProperty(process, 'platform', real));
}
