/** The menu of the parts of a record: the part that is read now is marked in it. */

export function markSections(root) {
  const links = new Map(
    [...root.querySelectorAll(".section-menu a")].map((link) => [link.getAttribute("href").slice(1), link]),
  );
  if (!links.size || !globalThis.IntersectionObserver) return;
  const shown = new Set();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) shown.add(target.id);
        else shown.delete(target.id);
      }
      const first = [...links.keys()].find((id) => shown.has(id));
      for (const [id, link] of links) {
        if (id === first) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "-60px 0px -40% 0px" },
  );
  for (const id of links.keys()) {
    const part = root.getElementById(id);
    if (part) observer.observe(part);
  }
}
