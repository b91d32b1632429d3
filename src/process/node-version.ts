// Runs before everything else, in syntax that an old Node has: the other files would be syntax errors there,
// or fail later. These versions are the first with all that daypass uses; require() of ES modules came last.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 20) || major === 21 || (major === 22 && minor < 12)) {
  const found = `${JSON.stringify(process.execPath)} is Node ${process.version}`;
  process.stderr.write(
    `daypass: old-node: ${found}, and daypass needs 20.20, 22.12 or newer\n` +
      'hint: install a newer Node, and put it before this one on PATH\n',
  );
  process.exit(64);
}
