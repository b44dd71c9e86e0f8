/** What every page has: menus that close, keys and the palette, one submission a click, what is typed kept, copying, focus on errors. */
import { askInPlace } from "./ask.mjs";
import { closeMenusOnLeave } from "./menus.mjs";
import { leaveOutEmptyFields } from "./filters.mjs";
import { foldLongPage } from "./folds.mjs";
import { keepForms } from "./keep.mjs";
import { offerPalette } from "./palette.mjs";
import { listenForShortcuts } from "./shortcuts.mjs";
import { offerDays } from "./days.mjs";
import { guardSubmissions } from "./submit-once.mjs";
import { enableCopyButtons } from "./copy.mjs";
import { offerDensity } from "./density.mjs";
import { markSections } from "./sections.mjs";
import { countSelections } from "./selection.mjs";
import { warnBeforeEnd } from "./session.mjs";
import { showSwaps } from "./swaps.mjs";
import { enablePrintButtons } from "./print.mjs";
import { explainTerms } from "./terms.mjs";

closeMenusOnLeave(document);
listenForShortcuts(document);
offerPalette(document);
guardSubmissions(document);
leaveOutEmptyFields(document);
keepForms(document);
enableCopyButtons(document);
countSelections(document);
offerDensity(document);
showSwaps(document);
enablePrintButtons(document);
markSections(document);
askInPlace(document);
offerDays(document);
explainTerms(document);
foldLongPage(document);
warnBeforeEnd(document);

// A page with errors starts at their summary; browsers without `autofocus` on sections are helped here.
document.querySelector("[data-focus]")?.focus();
