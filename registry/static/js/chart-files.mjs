/** The picture of a chart as a file: SVG as it is drawn, PNG at twice its size on white. */
import { colourOf } from "./colours.mjs";
import { element } from "./dom.mjs";
import { stemOf } from "./text.mjs";

const SCALE = 2;

function save(blob, name) {
  const link = element("a", "", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}

async function asPng(svg, width, height) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
  const context = canvas.getContext("2d");
  context.fillStyle = colourOf("map-paper");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Show the buttons of a chart and let them save its picture. */
export function offerFiles(container, chart) {
  for (const button of container.querySelectorAll("[data-chart-file]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const svg = chart.renderToSVGString();
      const kind = button.dataset.chartFile;
      const blob =
        kind === "svg"
          ? new Blob([svg], { type: "image/svg+xml" })
          : await asPng(svg, chart.getWidth(), chart.getHeight());
      save(blob, `${stemOf(container.dataset.title)}.${kind}`);
    });
  }
}
