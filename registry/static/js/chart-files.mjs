/** The picture of a chart as a file: SVG as it is drawn, PNG at twice its size on white. */

const SCALE = 2;

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 0);
}

/** The name of a file for a title: letters without marks, joined by hyphens. */
export function stemOf(title) {
  const plain = title.replaceAll(/[đĐ]/g, "d").normalize("NFD").replaceAll(/\p{M}/gu, "");
  return plain.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
}

async function asPng(svg, width, height) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
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
        kind === "svg" ? new Blob([svg], { type: "image/svg+xml" }) : await asPng(svg, chart.getWidth(), chart.getHeight());
      save(blob, `${stemOf(container.dataset.title)}.${kind}`);
    });
  }
}
