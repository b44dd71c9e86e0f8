/** A folded part of a form says how much of it is filled, also while it is filled. */
for (const part of document.querySelectorAll("details[data-counted]")) {
  const fields = [...part.querySelectorAll("input[name], select[name], textarea[name]")];
  const isFilled = (field) => (field.type === "checkbox" ? field.checked : field.value !== "");
  const count = () => {
    const words = part.dataset.counted.replace("{filled}", fields.filter(isFilled).length);
    part.querySelector("[data-count]").textContent = words.replace("{all}", fields.length);
  };
  part.addEventListener("input", count);
  count();
}
