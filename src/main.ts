#!/usr/bin/env node
// An old Node must be able to read this file, so everything newer is behind the import.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`token-broker needs Node >= 22.19, and this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  void run();
}

async function run(): Promise<void> {
  const { complainOfCrashes, keepDebuggerClosed, processIo, runCommandLine } = await import("./cli/index.ts");
  complainOfCrashes(processIo);
  keepDebuggerClosed();
  process.exitCode = await runCommandLine(process.argv.slice(2));
  // A process that ends by itself has written all its output; what a stopped broker left open does not keep it.
  setTimeout(() => process.exit(), 500).unref();
}
