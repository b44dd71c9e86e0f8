/** The sprite of the map (static/map/symbols.svg): its drawings as images, and the colours and dashes that it names. */

import { fetched } from "./map-trouble.mjs";

const SYMBOL_PX = 22;
const DENSITY = 3;

/** Load the sprite: `draw(map, names)` gives the map images, `line(name)` and `dash(name)` say how a line looks. */
export async function loadSprite(address) {
  const answer = await fetched(address);
  const sprite = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  const names = [...sprite.querySelectorAll("symbol")].map((symbol) => symbol.id);
  const symbol = (name) => sprite.getElementById(name);
  return {
    names,
    line: (name) => symbol(name).getAttribute("data-line") ?? symbol(name).querySelector("[fill]").getAttribute("fill"),
    dash: (name) => symbol(name).getAttribute("data-dash")?.split(" ").map(Number),
    draw: async (map, wanted) => {
      const missing = wanted.filter((name) => !map.hasImage(name));
      const images = await Promise.all(missing.map((name) => picture(symbol(name))));
      missing.forEach((name, index) => {
        if (!map.hasImage(name)) map.addImage(name, images[index], { pixelRatio: DENSITY });
      });
    },
  };
}

async function picture(symbol) {
  const size = SYMBOL_PX * DENSITY;
  const image = new Image(size, size);
  image.src =
    "data:image/svg+xml;charset=utf-8," +
    encodeURIComponent(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 24 24">${symbol.innerHTML}</svg>`,
    );
  await image.decode();
  const context = new OffscreenCanvas(size, size).getContext("2d");
  context.drawImage(image, 0, 0, size, size);
  return context.getImageData(0, 0, size, size);
}
