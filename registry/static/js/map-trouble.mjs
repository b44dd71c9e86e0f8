/** A line over a map that says what is wrong with it, with a button that tries again: slow, without parts, taken away. */
import { element } from "./dom.mjs";
import { isRemoved } from "./map-work.mjs";

const SLOW_MS = 8_000;

/** A part of a map that did not come. */
export class Missing extends Error {}

/** The answer at an address; Missing where there is none. */
export async function fetched(address) {
  const answer = await fetch(address).catch((error) => {
    throw new Missing(address, { cause: error });
  });
  if (!answer.ok) throw new Missing(address);
  return answer;
}

export class Trouble {
  /** `line` is the hidden element that takes the words; `texts` holds slow, tilesFailed, lost and retry. */
  constructor(line, texts) {
    this.line = line;
    this.texts = texts;
    this.kind = null;
  }

  /** Say something, with a button that tries again; null takes it away. */
  say(text, kind = "", again = null) {
    this.kind = text ? kind : null;
    this.line.hidden = !text;
    this.line.replaceChildren(...(text ? [element("span", text)] : []));
    if (!text || !again) return;
    const button = element("button", this.texts.retry, { type: "button", class: "btn btn-sm btn-secondary" });
    button.addEventListener("click", again);
    this.line.append(button);
  }

  /** Watch a new map: `reload` asks for the parts that did not come, `redraw` draws all of it again. */
  watch(map, { reload, redraw, failed = () => {} }) {
    const { texts } = this;
    let timer = null;
    const stop = () => {
      clearTimeout(timer);
      timer = null;
    };
    const wait = () => {
      timer ??= setTimeout(() => {
        // What is said already says more.
        if (this.kind === null) this.say(texts.slow, "slow");
      }, SLOW_MS);
    };
    wait();
    map.on("dataloading", wait);
    map.on("idle", () => {
      stop();
      if (this.kind === "slow") this.say(null);
    });
    map.once("remove", stop);
    map.on("error", ({ error, sourceId }) => {
      if (isRemoved(map)) return;
      failed(sourceId);
      // Said once for many tiles: a button that is replaced again and again cannot be pressed.
      if ((sourceId || error?.url) && this.kind !== "failed") this.say(texts.tilesFailed, "failed", reload);
    });
    map.getCanvas().addEventListener("webglcontextlost", () => {
      // A map that is removed gives its drawing back in the same way.
      if (isRemoved(map)) return;
      stop();
      delete map.getContainer().dataset.mapIdle;
      this.say(texts.lost, "lost", redraw);
    });
  }

  /** Wait for what a map needs besides its tiles; where it does not come, say so unless the map was removed. */
  async during(map, work, reload) {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      if (!isRemoved(map)) this.say(this.texts.tilesFailed, "failed", reload);
      return undefined;
    }
  }
}

/** Watch a map within a page, whose line is made here; `redraw` removes it and draws it again. */
export function watchSmall(map, texts, redraw) {
  const container = map.getContainer();
  const frame = container.parentElement;
  const line =
    frame.querySelector(":scope > .map-note") ?? element("div", "", { class: "map-note", role: "status", hidden: "" });
  container.after(line);
  const trouble = new Trouble(line, {
    slow: texts.slowHere,
    tilesFailed: texts.tilesFailedHere,
    lost: texts.lostHere,
    retry: texts.retry,
  });
  trouble.say(null);
  const again = () => {
    trouble.say(null);
    redraw();
  };
  trouble.watch(map, { reload: again, redraw: again });
  return { during: (work) => trouble.during(map, work, again) };
}
