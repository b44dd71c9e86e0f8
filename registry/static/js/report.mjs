/**
 * Forms of people without an account: when many write, the server asks for a little work (ALTCHA). It is done unseen, and
 * its proof goes into the hidden field. Without this script the form is taken once it was open for a while.
 */
import { solveChallenge } from "../vendor/altcha-lib-2.8.0/index.js";

/** Does the work of one form. */
async function prove(box) {
  const { algorithm, challenge, maxnumber, maxNumber, salt, signature } = JSON.parse(box.dataset.challenge);
  const { promise } = solveChallenge(challenge, salt, algorithm, maxnumber ?? maxNumber);
  const solution = await promise;
  if (!solution) return;
  const proof = { algorithm, challenge, number: solution.number, salt, signature };
  const form = box.closest("form");
  form.elements.altcha.value = btoa(JSON.stringify(proof));
  box.querySelector("[data-work-status]").textContent = box.dataset.done;
}

for (const box of document.querySelectorAll("[data-challenge]")) {
  prove(box).catch(() => {
    // The form is taken a little later.
  });
}
