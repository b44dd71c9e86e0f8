/**
 * Copies the needed files of the installed packages to a vendor folder, one folder a library and version,
 * makes the font sheet, the icon sprite and the bundle of charts, and writes manifest.json with version, licence and SHA-256.
 * Usage: node collect.mjs NODE_MODULES TARGET
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const [source, target] = process.argv.slice(2).map((path) => resolve(path));
// Bold text takes 600, the heaviest weight there is: a third weight would add 36 kB to a page for one bold word.
const WEIGHTS = ["400", "600"];
const SUBSETS = ["vietnamese", "latin-ext", "latin"];

const LIBRARIES = [
  // The first version of its protocol: SHA-256, which a browser needs no worker for.
  { name: "altcha-lib", files: { "dist/esm/v1/index.js": "index.js", "dist/esm/v1/helpers.js": "helpers.js" } },
  { name: "bootstrap", files: { "dist/css/bootstrap.min.css": "bootstrap.min.css" } },
  { name: "echarts", files: { NOTICE: "NOTICE" }, make: chartBundle },
  { name: "htmx.org", files: { "dist/htmx.min.js": "htmx.min.js" } },
  {
    name: "maplibre-gl",
    files: {
      "dist/maplibre-gl.mjs": "maplibre-gl.mjs",
      "dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
      "dist/maplibre-gl.css": "maplibre-gl.css",
    },
  },
  {
    name: "@fontsource/be-vietnam-pro",
    folder: "be-vietnam-pro",
    files: Object.fromEntries(
      WEIGHTS.flatMap((weight) =>
        SUBSETS.map((subset) => {
          const file = `be-vietnam-pro-${subset}-${weight}-normal.woff2`;
          return [`files/${file}`, `files/${file}`];
        }),
      ),
    ),
    make: fontSheet,
  },
  { name: "lucide-static", folder: "lucide", files: {}, make: iconSprite },
];

/**
 * One style sheet with all weights; the old woff format is left out. Where ranges overlap (ă, đ, ơ, ư), browsers take the
 * last face: the Vietnamese ones stand last, so that a Vietnamese page needs no extended Latin.
 */
function fontSheet(packageFolder, folder) {
  const sheets = WEIGHTS.map((weight) => readFileSync(join(packageFolder, `${weight}.css`), "utf8"));
  const css = sheets.join("\n").replaceAll(/, url\([^)]*\.woff\) format\('woff'\)/g, "");
  const faces = css.match(/\/\*[^*]*\*\/\s*@font-face \{[^}]*\}/g);
  const isVietnamese = (face) => face.startsWith("/* be-vietnam-pro-vietnamese");
  const ordered = [...faces.filter((face) => !isVietnamese(face)), ...faces.filter(isVietnamese)];
  writeFileSync(join(folder, "be-vietnam-pro.css"), `${ordered.join("\n\n")}\n`);
}

/** One module of the parts that echarts.mjs names: the published files have canvas only, or twice the size. */
function chartBundle(packageFolder, folder) {
  const entry = join(dirname(packageFolder), "..", "echarts-entry.mjs");
  cpSync(join(here, "echarts.mjs"), entry);
  const options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=inline"];
  const esbuild = join(dirname(packageFolder), "esbuild", "bin", "esbuild");
  const production = '--define:process.env.NODE_ENV="production"';
  execFileSync(esbuild, [
    entry,
    ...options,
    production,
    `--outfile=${join(folder, "echarts.mjs")}`,
    "--log-level=error",
  ]);
}

/** One SVG with a symbol for each icon that icons.txt names. */
function iconSprite(packageFolder, folder) {
  const names = readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean);
  const symbols = names.map((name) => {
    const svg = readFileSync(join(packageFolder, "icons", `${name}.svg`), "utf8");
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    const line = shapes
      .split("\n")
      .map((part) => part.trim())
      .join("");
    return (
      `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ` +
      `stroke-linecap="round" stroke-linejoin="round">${line}</symbol>`
    );
  });
  writeFileSync(
    join(folder, "sprite.svg"),
    `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`,
  );
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

function digest(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function collect(library) {
  const packageFolder = join(source, library.name);
  const about = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const folder = join(target, `${library.folder ?? library.name}-${about.version}`);
  mkdirSync(folder, { recursive: true });
  for (const [from, to] of Object.entries(library.files)) {
    cpSync(join(packageFolder, from), join(folder, to));
  }
  library.make?.(packageFolder, folder);
  const licence = ["LICENSE", "LICENSE.txt"].map((name) => join(packageFolder, name)).find(existsSync);
  cpSync(licence, join(folder, "LICENSE"));
  return {
    name: library.name,
    version: about.version,
    licence: about.license,
    folder: relative(target, folder),
    files: filesBelow(folder).map((path) => ({ path: relative(target, path), sha256: digest(path) })),
  };
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const manifest = LIBRARIES.map(collect);
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
