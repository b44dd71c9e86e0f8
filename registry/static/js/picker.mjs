/** Forms that ask for a position, each with a map of its own (position-picker.mjs). */
import { Picker } from "./position-picker.mjs";

for (const root of document.querySelectorAll("[data-picker]")) new Picker(root).start();
