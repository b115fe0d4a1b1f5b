import { SECOND } from "../time.ts";

/** Who is to be looked at when, to the second. No timer for each: whoever keeps the time asks. */
export interface DueTimes<Item extends { dueSecond: number | undefined }> {
  /** Instead of what was set before. undefined = never. */
  set(item: Item, atMs: number | undefined): void;
  /** Everything whose time has come, once. */
  take(nowMs: number): readonly Item[];
}

export const createDueTimes = <Item extends { dueSecond: number | undefined }>(): DueTimes<Item> => {
  const seconds = new Map<number, Set<Item>>();

  const remove = (item: Item): void => {
    if (item.dueSecond === undefined) return;
    const items = seconds.get(item.dueSecond);
    items?.delete(item);
    if (items?.size === 0) seconds.delete(item.dueSecond);
    item.dueSecond = undefined;
  };

  return {
    set(item, atMs) {
      remove(item);
      if (atMs === undefined) return;
      item.dueSecond = Math.ceil(atMs / SECOND);
      const items = seconds.get(item.dueSecond);
      if (items) items.add(item);
      else seconds.set(item.dueSecond, new Set([item]));
    },
    take(nowMs) {
      const second = Math.floor(nowMs / SECOND);
      const due = [...seconds].filter(([at]) => at <= second).flatMap(([, items]) => [...items]);
      for (const item of due) remove(item);
      return due;
    },
  };
};
