import type { TestContext } from 'node:test';

/** Makes the user and the group of this process other ones until the end of the test. */
export function pretendUser(t: TestContext, id: number): void {
  const { getuid, getgid } = process;
  Object.assign(process, { getuid: () => id, getgid: () => id });
  t.after(() => Object.assign(process, { getuid, getgid }));
}
