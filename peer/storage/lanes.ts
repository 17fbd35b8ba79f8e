// Many small tasks, a few at a time.

/**
 * Calls `work` for each item in turn, `lanes` of them at the same time. After a failure no more are begun; rejects with
 * the first one when the calls under way have settled.
 */
export async function inLanes<Item>(
  lanes: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  // One iterator for all lanes: each takes the next item.
  const queue = Iterator.from(items);
  let failed = false;
  const lane = async () => {
    try {
      for (const item of queue) {
        if (failed) return;
        await work(item);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
