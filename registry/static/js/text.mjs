/** Text without marks and case, so that "cap" finds "Cáp". */
export function folded(text) {
  return text.replaceAll(/[đĐ]/g, "d").normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

/** Whether every word of a search occurs in a text, marks and case aside. */
export function hasWords(text, search) {
  const plain = folded(text);
  return folded(search)
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => plain.includes(word));
}

/** The name of a file for a title: letters without marks, joined by hyphens. */
export function stemOf(title) {
  return folded(title)
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
