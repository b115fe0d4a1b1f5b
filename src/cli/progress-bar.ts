import type { CommandIo } from "./io.ts";

export interface ProgressBar {
  show(progress: { readonly resealed: number; readonly total: number }): void;
  /** Leaves the line. */
  end(): void;
}

const WIDTH = 30;

/** One line that is drawn over and over on a terminal, and nothing anywhere else. */
export const progressBar = (io: CommandIo): ProgressBar => {
  let last = "";
  return {
    show({ resealed, total }) {
      const line = bar(resealed, total);
      if (line !== last) io.redraw?.(line);
      last = line;
    },
    end() {
      if (last !== "") io.redraw?.(`${last}\n`);
    },
  };
};

const bar = (count: number, total: number): string => {
  const share = total === 0 ? 1 : Math.min(1, count / total);
  const full = Math.round(share * WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(WIDTH - full)}] ${Math.floor(share * 100)} %  ${count} of ${total}`;
};
