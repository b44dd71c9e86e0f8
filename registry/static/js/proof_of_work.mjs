/**
 * Forms for which the server asks for work by the browser (ALTCHA; kernel/http/proof_of_work.py). It is done unseen, and its
 * proof goes into the hidden field that the box names. A form that is sent earlier waits for it. Without this script, or
 * where it cannot work, the server says what else it takes.
 */
import { solveChallenge } from "../vendor/altcha-lib-2.8.0/index.js";

const FORM = "form";

/** The proof of one challenge, as text; null where there is none. */
async function solve({ algorithm, challenge, maxnumber, maxNumber, salt, signature }) {
  const { promise } = solveChallenge(challenge, salt, algorithm, maxnumber ?? maxNumber);
  const solution = await promise;
  return solution && btoa(JSON.stringify({ algorithm, challenge, number: solution.number, salt, signature }));
}

/** Does the work of one form, and holds the form back until it is done. */
async function prove(box) {
  const form = box.closest(FORM);
  const status = box.querySelector("[data-work-status]");
  let held = null;
  const hold = (event) => {
    // Danger is sent at once: the server takes it without work.
    if (form.elements[box.dataset.unless]?.value === "yes") return;
    event.preventDefault();
    event.stopPropagation();
    held = { submitter: event.submitter };
    status.textContent = box.dataset.working;
  };
  form.addEventListener("submit", hold);
  try {
    const proof = await solve(JSON.parse(box.dataset.challenge));
    if (proof) {
      form.elements[box.dataset.field].value = proof;
      status.textContent = box.dataset.done;
    }
  } finally {
    form.removeEventListener("submit", hold);
    if (held) form.requestSubmit(held.submitter);
  }
}

for (const box of document.querySelectorAll("[data-challenge]")) {
  prove(box).catch(() => {
    // The server says what else it takes.
  });
}
