/** Filter forms: fields left empty stay out of the address, so that a filtered list has a short, shareable URL. */

function dropEmpty(data) {
  for (const name of new Set(data.keys())) {
    const values = data.getAll(name).filter((value) => value !== "");
    data.delete(name);
    for (const value of values) data.append(name, value);
  }
}

/** Leave empty fields out of what `form[data-filters]` sends, by the browser and by htmx alike. */
export function leaveOutEmptyFields(root) {
  root.addEventListener("formdata", (event) => {
    if (event.target.matches("form[data-filters]")) dropEmpty(event.formData);
  });
  root.addEventListener("htmx:configRequest", (event) => {
    if (event.target.matches("form[data-filters]")) dropEmpty(event.detail.formData);
  });
}
