/** Work on a map: until it has ended the map is not idle, and on a map that was removed it ends without a word. */
const atWork = new WeakMap();
const removed = new WeakSet();

/** Whether a map was removed, as it is before it is drawn again: there is nothing left to do or to say for it. */
export const isRemoved = (map) => removed.has(map);

/**
 * Follow a new map to its removal. `data-map-idle` stands on its element while all that it shows is loaded and drawn and
 * nothing moves.
 */
export function showIdle(map) {
  const container = map.getContainer();
  for (const event of ["movestart", "dataloading"]) map.on(event, () => delete container.dataset.mapIdle);
  map.on("idle", () => {
    if (!atWork.get(map)) container.dataset.mapIdle = "";
  });
  map.once("remove", () => removed.add(map));
}

/**
 * Until `work` (a promise) has ended the map is not idle: more is to be shown on it. Its failure is passed on, unless
 * the map was removed meanwhile.
 */
export async function whileBusy(map, work) {
  atWork.set(map, (atWork.get(map) ?? 0) + 1);
  delete map.getContainer().dataset.mapIdle;
  try {
    return await work;
  } catch (error) {
    // Whatever it wanted of the map is not there any more.
    if (isRemoved(map)) return undefined;
    throw error;
  } finally {
    atWork.set(map, atWork.get(map) - 1);
    if (!isRemoved(map)) map.triggerRepaint();
  }
}
