/** Life for every page: live parts, copying, keys. All of it can be absent and the page still reads. */
import { followRun } from "./live.ts";

const run = document.body.dataset["run"];
if (run !== undefined) followRun(run);

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copy]") : null;
  const text = target?.dataset["copy"];
  if (!target || text === undefined) return;
  void navigator.clipboard.writeText(text).then(() => {
    target.classList.add("copied");
    target.addEventListener("animationend", () => target.classList.remove("copied"), { once: true });
  });
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
  if (event.key !== "/") return;
  const search = document.querySelector<HTMLInputElement>("main input[type=search], .find input");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});
