/** A colour of css/tokens.css, for maps and canvases, which take no variables of CSS: `colourOf("map-pin")`. */
export function colourOf(token) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
}
