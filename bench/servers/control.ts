/** Preloaded into every measured process: answers the bench with the CPU time spent so far, and ends the process with the bench. */
process.on("message", () => process.send?.(process.cpuUsage()));
process.on("disconnect", () => process.exit());
process.channel?.unref();
