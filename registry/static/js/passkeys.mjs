/** Buttons with data-passkey make a passkey or sign with one, and send the form with what the browser answers. */

const STATUS = "[data-passkey-status]";

async function answer(act, options) {
  if (act === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

async function run(button) {
  const form = button.form;
  const status = form.querySelector(STATUS);
  status.textContent = "";
  try {
    const credential = await answer(button.dataset.passkey, JSON.parse(button.dataset.options));
    form.elements.passkey.value = JSON.stringify(credential.toJSON());
  } catch {
    // Refused by the person, by the device or by its time limit: browsers do not say which.
    status.textContent = button.dataset.failed;
    return;
  }
  form.requestSubmit();
}

if (window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = false;
    button.addEventListener("click", () => run(button));
  }
}
