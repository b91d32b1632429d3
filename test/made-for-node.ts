// Lists the tests that `npm run test:executable` leaves out, because they test the package on Node.

/**
 * The reason for each test file, or for single tests of a file by the beginning of their title. A name that
 * ends with a slash is a folder. test/made-for-node.test.ts checks that all of them exist.
 */
export const madeForNode: Readonly<Record<string, string | Readonly<Record<string, string>>>> = {
  // The package and its parts in dist/.
  'configure/command-link.test.ts': 'the links point to Node and to the bin of the package',
  'crash-log.test.ts': 'it adds exceptions to files of dist/ and reads their source maps',
  'demo.test.ts': 'it starts the package from the sources',
  'hit-path.test.ts': 'it counts modules of Node; executable/surroundings.test.ts lists what a hit opens',
  'launcher.test.ts': 'the launcher finds Node for the package',
  'many-profiles.test.ts': 'a preloaded script counts the files and entries that are read',
  'process/node-version.test.ts': 'the executable needs no Node',
  'small-entries.test.ts': 'a preloaded script limits the entries of the keyring',
  'starting.test.ts':
    'it starts the package through links and from other folders; executable/main.test.ts uses a removed folder',
  'windows/': "Windows' Node under Wine; systems/windows.test.ts starts the executable there",
  // These files do not start daypass, but import a helper that can.
  'faults/oracles.test.ts': 'it tests the oracles',
  'terminal/calling-client.test.ts': 'parts of the sources run in programs of the test',
  'terminal/patient-caller.test.ts': 'parts of the sources run in programs of the test',
  'terminal/spinner.test.ts': 'parts of the sources run in programs of the test',
  // Single tests. The other tests of these files run.
  'commands/configure.test.ts': {
    'the line contains the link that a person calls': 'the line names Node and the bin of the package',
  },
  'doctor/credential-process.test.ts': {
    'a launcher of another name is daypass if doctor runs by it': 'the launcher finds Node for the package',
  },
  'doctor/network.test.ts': {
    'options of NODE_OPTIONS that run code or print': 'the executable ignores NODE_OPTIONS',
  },
  'faults/leaks.test.ts': {
    'X02 ': 'NODE_OPTIONS preloads the script that makes functions throw',
  },
  'faults/other-keychains.test.ts': {
    'KC06 ': 'NODE_OPTIONS preloads the script that makes the key differ',
  },
  'faults/surroundings.test.ts': {
    'E01 ': 'the launcher finds Node for the package',
    'E05 ':
      'it removes parts of node_modules; WE06 of executable/surroundings.test.ts is that of the executable',
  },
  'faults/team-files.test.ts': {
    'WT11 ': 'a preloaded script ends the process before one of its calls',
  },
  'start.test.ts': {
    'a known call does not print a partly written line again':
      'NODE_OPTIONS preloads the script that cuts the write',
  },
};

/** Returns why this file, a path below test/, is left out as a whole; undefined if it is not. */
export function reasonOfFile(name: string): string | undefined {
  for (const [made, reason] of Object.entries(madeForNode))
    if (typeof reason === 'string' && (made.endsWith('/') ? name.startsWith(made) : name === made))
      return reason;
  return undefined;
}

/** Returns why this test of a file is left out; undefined if it is not. */
export function reasonOfTest(name: string, title: string): string | undefined {
  return testsMadeForNode().find((test) => test.name === name && title.startsWith(test.title))?.reason;
}

/** Returns the single tests that are left out: the file, the beginning of the title, and the reason. */
export function testsMadeForNode(): { name: string; title: string; reason: string }[] {
  return Object.entries(madeForNode).flatMap(([name, reasons]) =>
    typeof reasons === 'string'
      ? []
      : Object.entries(reasons).map(([title, reason]) => ({ name, title, reason })),
  );
}

/** Returns the list as the runner prints it. */
export function listMadeForNode(): string {
  const files = Object.entries(madeForNode).filter(([, reason]) => typeof reason === 'string');
  const rows = [
    ...files.map(([name, reason]) => `${name}: ${reason}`),
    ...testsMadeForNode().map(({ name, title, reason }) => `${name}, "${title.trim()}": ${reason}`),
  ];
  return ['Left out, because these test the package on Node:', ...rows.map((row) => `  ${row}`)].join('\n');
}
